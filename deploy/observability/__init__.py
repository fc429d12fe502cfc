"""What watches a running system: alert rules for Prometheus and a dashboard for Grafana."""
