"""``python -m exam_server`` is ``kaochang``."""

from exam_server.cli import main

if __name__ == "__main__":
    main()
