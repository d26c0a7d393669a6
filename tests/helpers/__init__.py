"""What several tests share: places, a toy world, running the workflow, killing a training."""
