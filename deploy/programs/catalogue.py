"""Every program of the cluster home and its version: the one place where they are pinned."""

from deploy.programs.modules import module_programs
from deploy.programs.recipes import go_program, jars

_HOME = (
    jars(
        "kafka",
        "4.3.0",
        ("org.apache.kafka:kafka_2.13:4.3.0", "org.apache.logging.log4j:log4j-slf4j-impl:2.25.0"),
        usual="a minute",
    ),
    # Its release tags are no Go versions: this is the last commit before it was archived.
    go_program("minio", "v0.0.0-20260212201848-7aac2a2c5b7c", "github.com/minio/minio", usual="six minutes"),
    go_program("helm", "v4.3.1", "helm.sh/helm/v4/cmd/helm", usual="six minutes"),
    go_program("kubeconform", "v0.8.0", "github.com/yannh/kubeconform/cmd/kubeconform", usual="ten seconds"),
)
# A control plane of Kubernetes without containers, and what scales on it: for `make test-kube` alone.
_KUBE = (
    module_programs(
        "kubernetes",
        "v1.37.2",
        "k8s.io/kubernetes",
        ("cmd/kube-apiserver", "cmd/kube-controller-manager", "cmd/kube-scheduler"),
        usual="ten minutes",
        beside="v0.37.2",
        says={
            "k8s.io/component-base/version.gitVersion": "v1.37.2",
            "k8s.io/component-base/version.gitMajor": "1",
            "k8s.io/component-base/version.gitMinor": "37",
        },
    ),
    go_program("kwok", "v0.8.0", "sigs.k8s.io/kwok/cmd/kwok", usual="a minute"),
    module_programs(
        "keda", "v2.21.0", "github.com/kedacore/keda/v2", ("cmd/operator", "cmd/adapter"), usual="twelve minutes"
    ),
)
PROGRAMS = {program.name: program for program in _HOME}
ALL = PROGRAMS | {program.name: program for program in _KUBE}
