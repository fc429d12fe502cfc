{{/* Every name and label of the chart. */}}

{{- define "rcdm.name" -}}
{{ printf "%s-%s" (.Release.Name | trunc 40 | trimSuffix "-") .part }}
{{- end }}

{{- define "rcdm.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: {{ .part }}
{{- end }}

{{- define "rcdm.labels" -}}
{{ include "rcdm.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{/* Name and labels of an object of one part of the release. */}}
{{- define "rcdm.metadata" -}}
name: {{ include "rcdm.name" . }}
namespace: {{ .Release.Namespace }}
labels:
  {{- include "rcdm.labels" . | nindent 2 }}
{{- end }}

{{/* An image by digest where there is one, else by tag; never by chance. */}}
{{- define "rcdm.image" -}}
{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag }}{{ end }}
{{- end }}

{{- define "rcdm.group" -}}
{{ with .Values.kafka.prefix }}{{ . }}.{{ end }}{{ .scaling.group }}.{{ .scaling.topic }}
{{- end }}

{{- define "rcdm.topic" -}}
{{ with .Values.kafka.prefix }}{{ . }}.{{ end }}{{ .scaling.topic }}
{{- end }}

{{/* Where the route and the ingress lead: the gateway, else the only service there is. */}}
{{- define "rcdm.door" -}}
{{- $part := .Values.gateway.enabled | ternary "gateway" (keys .Values.services | sortAlpha | first) -}}
{{ include "rcdm.name" (merge (dict "part" $part) .) }}
{{- end }}
