"""Money that comes in and goes out as USDC."""
