"""`python -m flows`: the command line. Worker processes import this too, so it stays empty."""

if __name__ == "__main__":
    from flows.command_line import app

    app()
