"""The demo bank: written by hand for this project, kept as the spreadsheets users import."""
