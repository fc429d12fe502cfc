{{/* What every pod of the release has in common: it may do nothing but its work. */}}

{{- define "rcdm.pod" -}}
automountServiceAccountToken: false
# Otherwise Kubernetes would set RCDM_INGEST_PORT and the like, which the services refuse as unknown settings.
enableServiceLinks: false
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: {{ .user }}
  runAsGroup: {{ .user }}
  fsGroup: {{ .user }}
  # A database folder keeps the modes it was made with.
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile:
    type: RuntimeDefault
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "rcdm.selector" . | nindent 8 }}
    matchLabelKeys: [pod-template-hash]
{{- end }}

{{- define "rcdm.confined" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{- define "rcdm.probes" -}}
startupProbe:
  httpGet: {path: /livez, port: http}
  periodSeconds: 2
  timeoutSeconds: 5
  failureThreshold: 60
livenessProbe:
  httpGet: {path: /livez, port: http}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
# Ready: what it stands on answers, and its consumers have their partitions.
readinessProbe:
  httpGet: {path: /readyz, port: http}
  periodSeconds: 5
  timeoutSeconds: 8
  failureThreshold: 2
{{- end }}

{{/* A pod's life: requests reach it for a few seconds after it was told to stop. */}}
{{- define "rcdm.farewell" -}}
lifecycle:
  preStop:
    sleep:
      seconds: 5
{{- end }}

{{- define "rcdm.folder" -}}
- name: {{ .name }}
  emptyDir:
    sizeLimit: {{ .size }}
{{- end }}
