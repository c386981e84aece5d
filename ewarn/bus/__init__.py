"""The bus: two NATS servers without a cluster ("lines"), over which reports reach gateways on many hosts."""
