-- A review of a pod with two containers and Istio's volumes, as the API server sends it.
local container = [[{"name":"%s","image":"registry.example/%s:1","args":["proxy","sidecar"],"env":[%s],"ports":[{"containerPort":%d}],
"resources":{"limits":{"cpu":"2","memory":"1Gi"}},"volumeMounts":[{"name":"istio-envoy","mountPath":"/etc/istio/proxy"}]}]]
local env = {}
for i = 1, 40 do
  env[i] = string.format('{"name":"VARIABLE_%d","value":"some value of a usual length %d"}', i, i)
end
local variables = table.concat(env, ",")
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = [[{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"705ab4f5-6393-11e8-b7cc-42010a800002",
"kind":{"group":"","version":"v1","kind":"Pod"},"namespace":"default","operation":"CREATE","object":{"apiVersion":"v1","kind":"Pod",
"metadata":{"name":"app","labels":{"app":"a"},"annotations":{"sidecar.istio.io/status":"{}"}},"spec":{"initContainers":[]]
  .. string.format(container, "istio-init", "proxyv2", variables, 1) .. "," .. string.format(container, "istio-proxy", "proxyv2", variables, 15090)
  .. [[],"containers":[]] .. string.format(container, "app", "app", variables, 8080)
  .. [[],"volumes":[{"name":"istio-envoy","emptyDir":{"medium":"Memory"}},{"name":"istio-data","emptyDir":{}}]}}}}]]
