"""What follows from the answers, as pure rules: lines, distributions, standings."""
