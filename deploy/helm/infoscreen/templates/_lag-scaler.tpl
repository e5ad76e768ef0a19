{{/*
KEDA: one replica for every `lagThreshold` documents that wait or are in hand, in whichever lane has the most.
The lag is num_pending + num_ack_pending of a durable, so a converter that works is counted and not scaled away.
*/}}
{{- define "infoscreen.lagScaler" }}
{{- $values := .root.Values.converter }}
{{- if $values.keda }}
{{- $name := include "infoscreen.name" .root }}
---
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {{- include "infoscreen.metadata" . | nindent 2 }}
spec:
  scaleTargetRef: {name: {{ $name }}-{{ .component }}}
  minReplicaCount: {{ $values.min }}
  maxReplicaCount: {{ $values.max }}
  pollingInterval: 10
  cooldownPeriod: 300
  # When NATS does not answer, the lag is unknown: keep the current number of converters.
  fallback: {failureThreshold: 3, replicas: {{ max 1 $values.min }}, behavior: currentReplicasIfHigher}
  advanced:
    horizontalPodAutoscalerConfig:
      behavior:
        scaleUp:
          stabilizationWindowSeconds: 0
          policies: [{type: Percent, value: 100, periodSeconds: 15}, {type: Pods, value: 4, periodSeconds: 15}]
        scaleDown:
          stabilizationWindowSeconds: 300
          policies: [{type: Percent, value: 25, periodSeconds: 60}]
  triggers:
  {{- range $durable := list "converter-urgent" "converter" "converter-bulk" }}
    - type: nats-jetstream
      name: {{ $durable }}
      metadata:
        natsServerMonitoringEndpoint: {{ include "infoscreen.natsMonitoring" $.root | quote }}
        account: $G
        stream: INFOSCREEN
        consumer: {{ $durable }}
        lagThreshold: {{ $values.lagThreshold | quote }}
        activationLagThreshold: "0"
  {{- end }}
{{- end }}
{{- end }}

{{- define "infoscreen.natsMonitoring" -}}
{{- /* The headless name: in a cluster KEDA asks the durable's leader, as SERVER_NAME.ENDPOINT. */ -}}
{{- .Values.nats.monitoringEndpoint | default (printf "%s-nats-headless.%s.svc.cluster.local:8222" (include "infoscreen.name" .) .Release.Namespace) -}}
{{- end }}
