package gen

import (
	"context"
	"io"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/klog/v2"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	podutil "k8s.io/kubernetes/pkg/api/pod"
	"k8s.io/kubernetes/pkg/apis/core"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	corev1 "k8s.io/kubernetes/pkg/apis/core/v1"
	"k8s.io/kubernetes/pkg/apis/core/validation"
	"k8s.io/kubernetes/pkg/scheduler/apis/config"
	"k8s.io/kubernetes/pkg/scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework/plugins"
)

// Check panics on an error.
func Check(err error) {
	if err != nil {
		panic(err)
	}
}

// Q is a quantity.
func Q(s string) resource.Quantity { return resource.MustParse(s) }

// Quiet keeps Kubernetes from logging.
func Quiet() {
	klog.SetOutput(io.Discard)
	klog.LogToStderr(false)
}

// Valid defaults pods, and says why the API server would not take one of them.
func Valid(pods ...*v1.Pod) error {
	for _, p := range pods {
		legacyscheme.Scheme.Default(p)
		var internal core.Pod
		Check(corev1.Convert_v1_Pod_To_core_Pod(p.DeepCopy(), &internal, nil))
		opts := podutil.GetValidationOptionsFromPodSpecAndMeta(&internal.Spec, nil, &internal.ObjectMeta, nil)
		if errs := validation.ValidatePodCreate(&internal, opts); len(errs) > 0 {
			return errs.ToAggregate()
		}
	}
	return nil
}

// Verdict is a status of the scheduler's framework.
type Verdict struct {
	Code    string   `json:"code"`
	Plugin  string   `json:"plugin,omitempty"`
	Reasons []string `json:"reasons,omitempty"`
}

// Said is what a status says.
func Said(s *fwk.Status) Verdict {
	if s == nil {
		return Verdict{Code: "Success"}
	}
	return Verdict{s.Code().String(), s.Plugin(), s.Reasons()}
}

// Filters makes the filters of these names, with a profile's arguments.
func Filters(ctx context.Context, profile config.KubeSchedulerProfile, fw framework.Framework, names ...string) []fwk.FilterPlugin {
	args := map[string]runtime.Object{}
	for _, pc := range profile.PluginConfig {
		args[pc.Name] = pc.Args
	}
	registry := plugins.NewInTreeRegistry()
	var found []fwk.FilterPlugin
	for _, name := range names {
		made, err := registry[name](ctx, args[name], fw)
		Check(err)
		found = append(found, made.(fwk.FilterPlugin))
	}
	return found
}
