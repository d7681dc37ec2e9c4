"""What a policy can come to, searched in small models. Pure, like the core."""
