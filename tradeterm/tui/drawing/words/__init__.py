"""Orders in words: in the review, beside the ticket, under the order line, and when one is refused."""
