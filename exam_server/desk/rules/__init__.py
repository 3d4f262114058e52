"""What holds before the day, without any table: numbers, lifecycles, roster columns."""
