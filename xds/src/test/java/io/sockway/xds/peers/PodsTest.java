package io.sockway.xds.peers;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PodsTest {
    private static Pods.Pod pod(String metadata, String status) {
        JsonObject pod = JsonParser.parseString("{'metadata':{'name':'pod-1','namespace':'demo',%s},'spec':{},'status':{%s}}"
                .formatted(metadata, status)).getAsJsonObject();
        return Pods.parse(pod, "east");
    }

    /** As Istio's own GetDeployMetaFromPod (release 1.31). */
    @ParameterizedTest
    @CsvSource(nullValues = "-", value = {
        "ReplicaSet, web-5d4f8c, pod-template-hash, 5d4f8c, web",
        "ReplicaSet, web-5d4f8c, rollouts-pod-template-hash, 5d4f8c, web",
        "ReplicaSet, alone, pod-template-hash, 5d4f8c, alone",
        "ReplicaSet, web-5d4f8c, app, web, web-5d4f8c",
        "ReplicationController, web-7, deploymentconfig, web, web",
        "ReplicationController, web-7, app, web, web-7",
        "Job, report-28912345, app, web, report",
        "Job, report-2891234, app, web, report-2891234",
        "Job, report-28912345-x, app, web, report-28912345-x",
        "StatefulSet, db, app, web, db",
        "DaemonSet, agent, app, web, agent",
        "Node, node-7, app, web, pod-1",
        "Cluster, postgres, app, web, pod-1"})
    void shouldNameWorkloadsAfterTheirControllers(String kind, String owner, String label, String value, String workload) {
        String metadata = ("'labels':{'%s':'%s'},'ownerReferences':[{'kind':'ConfigMap','name':'c'},"
                + "{'kind':'%s','name':'%s','controller':true}]").formatted(label, value, kind, owner);

        assertThat(pod(metadata, "").workload().name()).isEqualTo(workload);
        assertThat(pod(metadata.replace("true", "false"), "").workload().name()).isEqualTo("pod-1");
        assertThat(pod(metadata.replace("true", "null"), "").workload().name()).isEqualTo("pod-1");
    }

    @Test
    void shouldNameAPodWhoseNameWasMadeAfterWhoeverMadeIt() {
        assertThat(pod("'generateName':'x-','ownerReferences':[{'kind':'Runner','name':'ci','controller':true}]", "").workload().name())
                .isEqualTo("ci");
    }

    @Test
    void shouldTakeAllAddressesOfAPodThatLives() {
        assertThat(pod("'uid':'1'", "'phase':'Running','podIP':'10.0.0.1','podIPs':[{'ip':'10.0.0.1'},{'ip':'fd00::1'}]").addresses())
                .containsExactly("10.0.0.1", "fd00:0:0:0:0:0:0:1");
        assertThat(pod("'uid':'1'", "'phase':'Running','podIP':'10.0.0.1'").addresses()).containsExactly("10.0.0.1");
        assertThat(pod("'uid':'1'", "'phase':'Pending'").addresses()).isEmpty();
        assertThat(pod("'uid':'1'", "'phase':'Failed','podIP':'10.0.0.1'").addresses()).isEmpty();
    }
}
