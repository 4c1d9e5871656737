package io.sockway.sidecar.cli;

import io.sockway.deploy.istio.IstioTemplate;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code sockway istio-template}. */
@Command(name = "istio-template", mixinStandardHelpOptions = true, description = {
    "Print Helm values for istiod with which Istio's own injector adds Sockway, without a second webhook.",
    "Pods choose it with the annotation inject.istio.io/templates: sidecar,sockway"})
final class IstioTemplateCommand implements Callable<Integer> {
    @Mixin
    private InjectOptions options;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        spec.commandLine().getOut().print(IstioTemplate.values(options.options()));
        spec.commandLine().getOut().flush();
        return 0;
    }
}
