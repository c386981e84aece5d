"""Load tests under Locust; nothing but `locustfile` and its neighbours here may import it."""
