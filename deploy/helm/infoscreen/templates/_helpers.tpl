{{/* Names and labels. Components: edge accounts ingest catalog player-gateway notifier converter gotenberg nats topology
migrate migrate-accounts migrate-notifier backup. */}}
{{- define "infoscreen.name" -}}
{{- if contains "infoscreen" .Release.Name }}{{ .Release.Name }}{{ else }}{{ .Release.Name }}-infoscreen{{ end -}}
{{- end }}

{{- define "infoscreen.selector" -}}
app.kubernetes.io/name: infoscreen
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "infoscreen.labels" -}}
{{ include "infoscreen.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end }}

{{- define "infoscreen.metadata" -}}
name: {{ include "infoscreen.name" .root }}-{{ .component }}
labels: {{- include "infoscreen.labels" . | nindent 2 }}
{{- end }}

{{- define "infoscreen.image" -}}
{{ .root.Values.image.registry }}/{{ .image }}:{{ .root.Values.image.tag | default .root.Chart.AppVersion }}
{{- end }}

{{- define "infoscreen.s3Endpoint" -}}
{{- if .Values.bundled.s3.enabled }}http://{{ include "infoscreen.name" . }}-s3:9000{{ else }}{{ .Values.s3.endpoint }}{{ end -}}
{{- end }}

{{/* Pods of ours satisfy the Pod Security Standard "restricted". */}}
{{- define "infoscreen.podSecurity" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile: {type: RuntimeDefault}
{{- with .Values.image.pullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "infoscreen.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- end }}

{{/* Replicas on different nodes where there are enough. */}}
{{- define "infoscreen.spread" -}}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{- include "infoscreen.selector" . | nindent 8 }}
{{- end }}

{{- define "infoscreen.probes" -}}
startupProbe:
  httpGet: {path: /livez, port: ops}
  periodSeconds: 2
  failureThreshold: 60
livenessProbe:
  httpGet: {path: /livez, port: ops}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet: {path: /readyz, port: ops}
  periodSeconds: 5
  timeoutSeconds: 5
{{- end }}

{{/* Settings that every part of ours has. */}}
{{- define "infoscreen.settings" -}}
- {name: LOG_FORMAT, value: {{ .Values.log.format | quote }}}
- {name: LOG_LEVEL, value: {{ .Values.log.level | quote }}}
- {name: NATS_STREAM_REPLICAS, value: {{ .Values.nats.replicas | quote }}}
- {name: NATS_STREAM_MAX_BYTES, value: {{ .Values.nats.streamMaxBytes | int64 | quote }}}
- {name: S3_ENDPOINT, value: {{ include "infoscreen.s3Endpoint" . | quote }}}
- {name: S3_PUBLIC_ENDPOINT, value: {{ .Values.s3.publicEndpoint | default .Values.publicUrl | quote }}}
- {name: S3_REGION, value: {{ .Values.s3.region | quote }}}
- {name: S3_BUCKET, value: {{ .Values.s3.bucket | quote }}}
{{- end }}

{{/* Only the secrets that a part needs, as files that its entrypoint turns into settings. NATS knows each by a user. */}}
{{- define "infoscreen.secretVolume" -}}
- name: secrets
  secret:
    secretName: {{ .root.Values.secretName }}
    defaultMode: 0440
    items:
    {{- range .secrets }}
      - {key: {{ . }}, path: {{ ternary "NATS_URL" . (hasPrefix "NATS_URL_" .) }}}
    {{- end }}
{{- end }}

{{- define "infoscreen.mounts" -}}
volumeMounts:
  - {name: secrets, mountPath: /run/secrets, readOnly: true}
  - {name: tmp, mountPath: /tmp}
{{- end }}

{{/* The pod of a command that ends: jobs and backups. */}}
{{- define "infoscreen.commandPod" -}}
metadata:
  labels: {{- include "infoscreen.labels" . | nindent 4 }}
spec:
  {{- include "infoscreen.podSecurity" .root | nindent 2 }}
  restartPolicy: OnFailure
  containers:
    - name: {{ .component }}
      image: {{ include "infoscreen.image" . }}
      imagePullPolicy: {{ .root.Values.image.pullPolicy }}
      args: {{- toYaml .args | nindent 8 }}
      env: {{- include "infoscreen.settings" .root | nindent 8 }}
      resources: {requests: {cpu: 50m, memory: 128Mi}, limits: {memory: 512Mi}}
      {{- include "infoscreen.containerSecurity" .root | nindent 6 }}
      {{- include "infoscreen.mounts" .root | nindent 6 }}
        {{- if .claim }}
        - {name: backups, mountPath: /backups}
        {{- end }}
  volumes:
    {{- include "infoscreen.secretVolume" . | nindent 4 }}
    - {name: tmp, emptyDir: {sizeLimit: 64Mi}}
    {{- with .claim }}
    - name: backups
      persistentVolumeClaim: {claimName: {{ . }}}
    {{- end }}
{{- end }}

{{/* Nine tenths of a memory limit, in bytes: Go's collector begins to work hard before the kernel ends the container. */}}
{{- define "infoscreen.goMemoryLimit" -}}
{{- $units := dict "" 1 "K" 1e3 "M" 1e6 "G" 1e9 "T" 1e12 "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 "Ti" 1099511627776 -}}
{{- $unit := index $units (regexFind "[A-Za-z]*$" .) | required (printf "nats.resources.limits.memory is %s: give it in Ki, Mi, Gi or Ti" .) -}}
{{- mulf (regexFind "^[0-9.]+" . | float64) $unit 0.9 | int64 -}}
{{- end }}
