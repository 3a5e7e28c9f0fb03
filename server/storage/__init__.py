"""The durable state: tables, the journal that writes them, the history that reads them."""
