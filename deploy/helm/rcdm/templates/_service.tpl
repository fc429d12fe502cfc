{{/* The container of rcdm: the same image and environment for every service and for the migrations. */}}

{{- define "rcdm.container" -}}
{{- $image := merge (dict "repository" (default .Values.image.repository .service.image) "tag" (default .Chart.AppVersion .Values.image.tag)) (ternary (dict "digest" "") (dict "digest" .Values.image.digest) (not (empty .service.image))) -}}
name: rcdm
image: {{ include "rcdm.image" $image }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
args: {{ toJson .arguments }}
securityContext:
  {{- include "rcdm.confined" . | nindent 2 }}
resources:
  requests:
    {{- toYaml .service.requests | nindent 4 }}
  limits:
    {{- toYaml .service.limits | nindent 4 }}
env:
  {{- include "rcdm.environment" . | nindent 2 }}
volumeMounts:
  - name: data
    mountPath: /data
  - name: tmp
    mountPath: /tmp
  {{- if .Values.trust.configMap }}
  - name: trust
    mountPath: /trust
    readOnly: true
  {{- end }}
{{- end }}

{{/*
No RCDM_MEMBER: a pod of a Deployment never comes back under its name, and Kafka would keep the partitions of each that is
scaled away or replaced for half a minute. Without a name it leaves its groups at once.
*/}}
{{- define "rcdm.environment" -}}
- name: RCDM_AUTH
  value: {{ .Values.auth }}
- name: RCDM_DATA
  value: /data
- name: RCDM_LISTEN
  value: 0.0.0.0:8000
{{- if and (or (has "extract" .service.run) (has "up" .service.run)) (not (hasKey .Values.settings "RCDM_EXTRACT_PROCESSES")) }}
- name: RCDM_EXTRACT_PROCESSES
  valueFrom:
    resourceFieldRef: {resource: limits.cpu}
{{- end }}
{{- if and (or (has "export" .service.run) (has "up" .service.run)) (not (hasKey .Values.settings "RCDM_EXPORT_PROCESSES")) }}
- name: RCDM_EXPORT_PROCESSES
  valueFrom:
    resourceFieldRef: {resource: limits.cpu}
{{- end }}
{{- /* helm's numbers are floats: 2147483648 must not become 2.147483648e+09. */}}
{{- range $name, $value := .Values.settings }}
- name: {{ $name }}
  value: {{ kindIs "string" $value | ternary $value (toJson $value) | quote }}
{{- end }}
{{- range $name, $at := .Values.secrets }}
{{- if include "rcdm.needs" (merge (dict "setting" $name) $) }}
- name: {{ $name }}
  valueFrom:
    secretKeyRef:
      name: {{ $at.secret }}
      key: {{ $at.key }}
{{- end }}
{{- end }}
{{- end }}

{{/* Who gets which secret: the migrations only the database, who answers no clients not the first key. */}}
{{- define "rcdm.needs" -}}
{{- if eq .part "migrate" }}{{ if eq .setting "RCDM_DATABASE" }}yes{{ end }}
{{- else if eq .setting "RCDM_OMOP" }}{{ if or (has "catalog" .service.run) (has "up" .service.run) }}yes{{ end }}
{{- else if eq .setting "RCDM_ADMIN_KEY" }}{{ if .service.routes }}yes{{ end }}
{{- else }}yes{{ end }}
{{- end }}

{{- define "rcdm.volumes" -}}
{{- if .service.claim }}
- name: data
  persistentVolumeClaim:
    claimName: {{ include "rcdm.name" . }}
{{- else }}
{{ include "rcdm.folder" (dict "name" "data" "size" .service.data) }}
{{- end }}
{{ include "rcdm.folder" (dict "name" "tmp" "size" .service.tmp) }}
{{- with .Values.trust.configMap }}
- name: trust
  configMap:
    name: {{ . }}
{{- end }}
{{- end }}
