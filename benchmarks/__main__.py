"""`python -m benchmarks`. Imports nothing before that, for every process that is started to be measured imports it."""

if __name__ == "__main__":
    from benchmarks.command_line import main

    main()
