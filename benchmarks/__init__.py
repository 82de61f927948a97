"""What the report costs, measured side by side with what people use today: `make bench`."""
