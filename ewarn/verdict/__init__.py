"""The judgement: receipts in, percentiles, checks and a verdict out. Pure functions of arrays."""
