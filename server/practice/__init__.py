"""What makes a paper server feel like a real one."""
