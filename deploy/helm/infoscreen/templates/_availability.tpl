{{/* What keeps enough replicas of an HTTP service: a disruption budget, and an autoscaler by CPU. */}}
{{- define "infoscreen.availability" }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {{- include "infoscreen.metadata" . | nindent 2 }}
spec:
  maxUnavailable: 1
  selector:
    matchLabels: {{- include "infoscreen.selector" . | nindent 6 }}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {{- include "infoscreen.metadata" . | nindent 2 }}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: {{ include "infoscreen.name" .root }}-{{ .component }}}
  minReplicas: {{ .values.autoscaling.min }}
  maxReplicas: {{ .values.autoscaling.max }}
  metrics:
    - type: Resource
      resource:
        name: cpu
        target: {type: Utilization, averageUtilization: {{ .values.autoscaling.cpuPercent }}}
{{- end }}
