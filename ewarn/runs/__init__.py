"""What is left of a drill, and who reads it: the files of a run, its table, comparisons and explanations."""
