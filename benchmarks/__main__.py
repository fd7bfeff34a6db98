"""`python -m benchmarks`. Imports nothing before that, for every process that is started to be measured imports it."""

if __name__ == "__main__":
    import signal
    import sys

    from benchmarks.command_line import main

    # By way of every `with`, so that neither a server nor a folder is left behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    main()
