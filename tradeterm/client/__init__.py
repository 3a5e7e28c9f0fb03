"""The SDK: everything a bot needs; the console uses nothing else."""
