package io.sockway.sidecar;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The directions in which the modules may know each other. The sidecar is tested here because it alone sees all of them. */
class ArchitectureTest {

    private static final String[] BPF = {"io.sockway.libbpf..", "io.sockway.bpf..", "io.sockway.sockops.."};
    private static final String BENCH = "io.sockway.bench..";
    private static final String NODE = "io.sockway.node..";
    private static final String SIDECAR = "io.sockway.sidecar..";

    private static JavaClasses classes;

    @BeforeAll
    static void importClasses() {
        ImportOption noTestJars = location -> !location.contains("-tests.jar");
        classes = new ClassFileImporter().withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS).withImportOption(noTestJars)
                .importPackages("io.sockway");
    }

    @Test
    void shouldSeeEveryModule() {
        assertThat(classes.getDefaultPackage().getPackage("io.sockway").getSubpackages().stream()
                .map(JavaPackage::getRelativeName).collect(Collectors.toSet()))
                .contains("libbpf", "bpf", "sockops", "xds", "deploy", "node", "bench", "sidecar");
    }

    @Test
    void acceleratorShouldKnowNoOtherModule() {
        noClasses().that().resideInAnyPackage(BPF)
                .should().dependOnClassesThat(resideInAPackage("io.sockway..").and(not(resideInAnyPackage(BPF))))
                .check(classes);
    }

    @Test
    void acceleratorShouldKnowOnlyTheJdk() {
        noClasses().that().resideInAnyPackage(BPF)
                .should().dependOnClassesThat(not(resideInAnyPackage("java..", "io.sockway..")))
                .check(classes);
    }

    @Test
    void genericBpfApiShouldNotKnowTheAccelerator() {
        noClasses().that().resideInAnyPackage("io.sockway.libbpf..", "io.sockway.bpf..")
                .should().dependOnClassesThat(resideInAPackage("io.sockway.sockops.."))
                .check(classes);
    }

    @Test
    void bindingsShouldBeUsedOnlyByTheGenericBpfApi() {
        noClasses().that().resideOutsideOfPackages("io.sockway.libbpf..", "io.sockway.bpf..")
                .should().dependOnClassesThat(resideInAPackage("io.sockway.libbpf.."))
                .check(classes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"io.sockway.xds..", "io.sockway.deploy.."})
    void xdsAndDeployShouldKnowNoOtherModule(String module) {
        noClasses().that().resideInAPackage(module)
                .should().dependOnClassesThat(resideInAPackage("io.sockway..").and(not(resideInAPackage(module))))
                .check(classes);
    }

    @Test
    void benchShouldKnowOnlyTheControlPlane() {
        noClasses().that().resideInAPackage(BENCH)
                .should().dependOnClassesThat(resideInAPackage("io.sockway..").and(not(resideInAnyPackage(BENCH, "io.sockway.xds.."))))
                .check(classes);
    }

    @Test
    void nodeShouldKnowOnlyTheAccelerator() {
        noClasses().that().resideInAPackage(NODE)
                .should().dependOnClassesThat(resideInAPackage("io.sockway..")
                        .and(not(resideInAPackage(NODE))).and(not(resideInAnyPackage(BPF))))
                .check(classes);
    }

    @Test
    void nothingButTheSidecarShouldKnowTheSidecar() {
        noClasses().that().resideOutsideOfPackage(SIDECAR)
                .should().dependOnClassesThat(resideInAPackage(SIDECAR))
                .check(classes);
    }
}
