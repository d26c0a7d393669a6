"""What the Snakefile and its jobs share: the plan, code inputs, logs and devices."""
