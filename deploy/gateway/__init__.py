"""The one public address before the services: nginx, from the same templates on a laptop, in compose and chart."""
