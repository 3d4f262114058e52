"""The frame around every page: who is logged in, in which language, how refusals look."""
