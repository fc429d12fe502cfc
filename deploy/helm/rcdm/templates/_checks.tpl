{{/* What a schema cannot say about the values, each refusal with what to write instead. */}}

{{- define "rcdm.checks" -}}
{{- include "rcdm.checks.settings" . }}
{{- $said := concat (keys .Values.settings) (keys .Values.secrets) -}}
{{- range $name, $own := .Values.services }}
{{- $service := mergeOverwrite (deepCopy $.Values.defaults) $own }}
{{- include "rcdm.checks.service" (dict "Values" $.Values "name" $name "service" $service "said" $said) }}
{{- end }}
{{- if or (eq .Values.image.tag "latest") (eq .Values.gateway.image.tag "latest") }}
{{- fail "image.tag: latest is another image tomorrow; write a version, or image.digest." }}
{{- end }}
{{- if and (not .Values.gateway.enabled) (gt (len .Values.services) 1) (or .Values.route.enabled .Values.ingress.enabled) }}
{{- fail "gateway.enabled: several services need the gateway; only a single one can stand behind the route alone." }}
{{- end }}
{{- end }}

{{- define "rcdm.checks.service" -}}
{{- $own := printf "services.%s" .name }}
{{- if eq .name "gateway" "migrate" }}
{{- fail (printf "%s: this name is taken by the chart; choose another." $own) }}
{{- end }}
{{- if and .service.claim (or .service.scaling (ne (int .service.replicas) 1)) }}
{{- fail (printf "%s.claim: a volume belongs to one pod; write replicas: 1 and no scaling beside it." $own) }}
{{- end }}
{{- if has "up" .service.run }}
{{- if gt (len .service.run) 1 }}
{{- fail (printf "%s.run: up runs every service; write [up] alone, or the services by name." $own) }}
{{- end }}
{{- if and (not .service.claim) (not (has "RCDM_DATABASE" .said)) }}
{{- fail (printf "%s.claim: up keeps its database in RCDM_DATA, which would end with the pod; write claim: {size: 500Gi}." $own) }}
{{- end }}
{{- else }}
{{- include "rcdm.checks.shared" . }}
{{- end }}
{{- if eq (dig "scaling" "by" "" .service) "lag" }}
{{- include "rcdm.checks.lag" . }}
{{- end }}
{{- end }}

{{/* KEDA reads the group that the services are in, or it never scales and nobody is told. */}}
{{- define "rcdm.checks.lag" -}}
{{- if not .Values.kafka.bootstrapServers }}
{{- fail (printf "kafka.bootstrapServers: services.%s scales by lag, so KEDA must be told where Kafka is; or choose scaling: {by: cpu}." .name) }}
{{- end }}
{{- with .Values.settings.RCDM_EVENTS }}
{{- $prefix := regexReplaceAll "^kafka://[^/?]*/?([^/?]*).*$" . "${1}" }}
{{- if ne $prefix $.Values.kafka.prefix }}
{{- fail (printf "kafka.prefix: settings.RCDM_EVENTS says %q and kafka.prefix %q; write the same." $prefix $.Values.kafka.prefix) }}
{{- end }}
{{- end }}
{{- end }}

{{/* What services in several pods must have in common. */}}
{{- define "rcdm.checks.shared" -}}
{{- range list "RCDM_DATABASE" "RCDM_EVENTS" "RCDM_BLOBS" "RCDM_SITE_KEY" }}
{{- if not (has . $.said) }}
{{- $else := eq . "RCDM_SITE_KEY" | ternary "" ", or settings if it holds no password" }}
{{- fail (printf "secrets.%s: the pods share one; write secrets.%s: {secret: NAME, key: KEY} of a Secret that holds it%s." . . $else) }}
{{- end }}
{{- end }}
{{- end }}

{{- define "rcdm.checks.settings" -}}
{{- if and (eq .Values.auth "oidc") (not .Values.settings.RCDM_OIDC_ISSUER) }}
{{- fail "settings.RCDM_OIDC_ISSUER: with auth: oidc only its tokens count; write the issuer's https:// address." }}
{{- end }}
{{- range $name, $value := .Values.settings }}
{{- if regexMatch "://[^/?]*:[^/?]*@" (toString $value) }}
{{- fail (printf "settings.%s: it holds a password; put it into a Secret and write secrets.%s: {secret: NAME, key: KEY}." $name $name) }}
{{- end }}
{{- if hasKey $.Values.secrets $name }}
{{- fail (printf "settings.%s: it is said in secrets too; say it once." $name) }}
{{- end }}
{{- end }}
{{- end }}
