package io.sockway.xds.yaml;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.xds.type.v3.TypedStruct;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.TypedExtensionConfig;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MessageReaderTest {
    private final Problems problems = new Problems();

    private Message read(String text, Message prototype) {
        MessageReader reader = new MessageReader(problems, (message, places) -> {
        });
        return YamlTree.parse("f.yaml", text, problems).map(tree -> reader.read(tree, prototype)).orElse(prototype);
    }

    private List<String> problemsOf(String text, Message prototype) {
        read(text, prototype);
        return problems.all().stream().map(Problem::toString).toList();
    }

    @Test
    void shouldReadWhatProtobufsOwnJsonReaderReads() throws InvalidProtocolBufferException {
        String json = """
                {"name": "c", "connectTimeout": "1.500s", "type": "STRICT_DNS", "max_requests_per_connection": 7,
                 "lb_policy": 1, "per_connection_buffer_limit_bytes": 32768, "respect_dns_ttl": true,
                 "metadata": {"filter_metadata": {"x": {"a": [1, "two", null, true, {"b": 2.5}]}}},
                 "circuit_breakers": {"thresholds": [{"max_connections": 4294967295, "retry_budget": {"budget_percent": {"value": 2.5}}}]}}
                """;
        Cluster.Builder expected = Cluster.newBuilder();
        JsonFormat.parser().merge(json, expected);

        Message read = read(json, Cluster.getDefaultInstance());

        assertThat(problems.all()).isEmpty();
        assertThat(read).isEqualTo(expected.build());
    }

    @Test
    void shouldReadTypedConfigurations() throws InvalidProtocolBufferException {
        Listener listener = (Listener) read("""
                name: l
                filter_chains:
                - filters:
                  - name: tcp
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
                      stat_prefix: t
                      cluster: c
                """, Listener.getDefaultInstance());

        assertThat(problems.all()).isEmpty();
        assertThat(listener.getFilterChains(0).getFilters(0).getTypedConfig().unpack(TcpProxy.class).getCluster()).isEqualTo("c");
    }

    @Test
    void shouldSendATypeThatIsNotKnownHereForEnvoyToCheck() throws InvalidProtocolBufferException {
        TypedExtensionConfig config = (TypedExtensionConfig) read("""
                name: n
                typed_config: {"@type": type.googleapis.com/envoy.extensions.brand.new.v9.Filter, size: 3}
                """, TypedExtensionConfig.getDefaultInstance());

        TypedStruct struct = config.getTypedConfig().unpack(TypedStruct.class);
        assertThat(problems.all()).isEmpty();
        assertThat(struct.getTypeUrl()).isEqualTo("type.googleapis.com/envoy.extensions.brand.new.v9.Filter");
        assertThat(struct.getValue().getFieldsOrThrow("size").getNumberValue()).isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "nmae: c | f.yaml:1:1: unknown key 'nmae' in Cluster; did you mean 'name'?",
        "{name: c, lb_policy: RANDO} | f.yaml:1:22: 'RANDO' is no LbPolicy; did you mean 'RANDOM'?",
        "{name: 12} | f.yaml:1:8: expected text, found the number 12; put it in quotes",
        "{name: c, connect_timeout: 5} | f.yaml:1:28: expected a duration like 1.5s, found the number 5",
        "{name: c, connect_timeout: 0s} | f.yaml:1:28: 'connect_timeout' has to be above 0s",
        "{name: c, respect_dns_ttl: yes} | f.yaml:1:28: expected true or false, found the text 'yes'",
        "{name: c, max_requests_per_connection: -1} | f.yaml:1:40: expected a number from 0 to 4294967295, found '-1'",
        "{name: c, type: EDS, cluster_type: {name: x}} | f.yaml:1:22: 'cluster_type' excludes 'type'; remove one",
        "{name: c, name: d} | f.yaml:1:11: key 'name' comes twice, first in line 1; remove one",
        "[a] | f.yaml:1:1: expected a mapping (key: value), found a list",
        "{name: c, transport_socket: {name: t, typed_config: {x: 1}}} | f.yaml:1:53: '@type' is missing; name the type of this "
                + "configuration, for example \"@type\": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router",
        "{name: c, metadata: {filter_metadata: 3}} | f.yaml:1:39: expected a mapping (key: value), found the number 3",
        "'name: [c' | f.yaml:1:9: not valid YAML: expected ',' or ']', but got <stream end>",
        "{name: ''} | f.yaml:1:8: 'name' is missing in Cluster"})
    void shouldSayWhereWhatIsWrong(String text, String problem) {
        assertThat(problemsOf(text.startsWith("'") ? text.replace("'", "") : text, Cluster.getDefaultInstance())).containsExactly(problem);
    }

    @Test
    void shouldTellAllProblemsAtOnce() {
        assertThat(problemsOf("""
                name: r
                virtual_hosts:
                - name: v
                  domains: []
                  routes:
                  - match: {prefx: /}
                  - route: {cluster: c}
                """, RouteConfiguration.getDefaultInstance())).containsExactly(
                "f.yaml:4:12: 'domains' of VirtualHost needs at least 1",
                "f.yaml:6:5: Route needs one of route, redirect, direct_response, filter_action, non_forwarding_action",
                "f.yaml:6:13: unknown key 'prefx' in RouteMatch; did you mean 'prefix'?",
                "f.yaml:7:5: 'match' is missing in Route");
    }
}
