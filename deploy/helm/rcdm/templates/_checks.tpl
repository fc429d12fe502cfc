{{/* What a schema cannot say about the values, each refusal with what to write instead. */}}

{{- define "rcdm.checks" -}}
{{- $said := concat (keys .Values.settings) (keys .Values.secrets) -}}
{{- range $name, $own := .Values.services }}
{{- if eq $name "gateway" "migrate" }}
{{- fail (printf "services.%s: this name is taken by the chart; choose another." $name) }}
{{- end }}
{{- $service := mergeOverwrite (deepCopy $.Values.defaults) $own }}
{{- if and $service.claim (or $service.scaling (ne (int $service.replicas) 1)) }}
{{- fail (printf "services.%s.claim: a volume belongs to one pod; write replicas: 1 and no scaling beside it." $name) }}
{{- end }}
{{- if and (has "up" $own.run) (gt (len $own.run) 1) }}
{{- fail (printf "services.%s.run: up runs every service; write [up] alone, or the services by name." $name) }}
{{- end }}
{{- if not (has "up" $own.run) }}
{{- range list "RCDM_DATABASE" "RCDM_EVENTS" "RCDM_BLOBS" "RCDM_SITE_KEY" }}
{{- if not (has . $said) }}
{{- fail (printf "secrets.%s: services in several pods share one; write secrets.%s: {secret: NAME, key: KEY} of a Secret that holds it%s." . . (eq . "RCDM_SITE_KEY" | ternary "" ", or settings if it holds no password")) }}
{{- end }}
{{- end }}
{{- end }}
{{- if and (eq $.Values.auth "keys") (not (has "up" $own.run)) (not (has "RCDM_ADMIN_KEY" $said)) }}
{{- fail "secrets.RCDM_ADMIN_KEY: with auth: keys the pods share the first key; write secrets.RCDM_ADMIN_KEY: {secret: NAME, key: KEY}." }}
{{- end }}
{{- if and (eq (dig "scaling" "by" "" $own) "lag") (not $.Values.kafka.bootstrapServers) }}
{{- fail (printf "kafka.bootstrapServers: services.%s scales by lag, so KEDA must be told where Kafka is; or choose scaling: {by: cpu}." $name) }}
{{- end }}
{{- end }}
{{- if or (eq .Values.image.tag "latest") (eq .Values.gateway.image.tag "latest") }}
{{- fail "image.tag: latest is another image tomorrow; write a version, or image.digest." }}
{{- end }}
{{- range $name, $value := .Values.settings }}
{{- if regexMatch "://[^/?]*:[^/?]*@" (toString $value) }}
{{- fail (printf "settings.%s: it holds a password; put it into a Secret and write secrets.%s: {secret: NAME, key: KEY}." $name $name) }}
{{- end }}
{{- end }}
{{- range $name, $_ := .Values.secrets }}
{{- if hasKey $.Values.settings $name }}
{{- fail (printf "settings.%s: it is said in secrets too; say it once." $name) }}
{{- end }}
{{- end }}
{{- if and (not .Values.gateway.enabled) (gt (len .Values.services) 1) (or .Values.route.enabled .Values.ingress.enabled) }}
{{- fail "gateway.enabled: several services need the gateway; only a single one can stand behind the route alone." }}
{{- end }}
{{- end }}
