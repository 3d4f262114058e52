"""The centre's face after the sitting: results, exports."""
