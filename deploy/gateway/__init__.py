"""The one public address before the services: nginx, from templates, the same on a laptop, in compose and in the chart."""
