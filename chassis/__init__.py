"""What every service stands on: ports, adapters, host, worker, settings, errors, telemetry."""
