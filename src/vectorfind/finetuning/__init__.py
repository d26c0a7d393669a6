"""Fine-tuning of the networks on filtered faces (system.md 5)."""
