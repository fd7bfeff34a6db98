"""`python -m benchmarks`. Nothing is imported until then: each process that is started for a measurement imports this."""

if __name__ == "__main__":
    from benchmarks.command_line import main

    main()
