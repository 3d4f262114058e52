"""The candidate's own face after publication: official results, and checking a transcript."""
