// kubelet: whether a real kubelet admits a pod whose template names its node. Reads scheduler vectors of family own or
// empty from standard input; for each of their nodes the incoming pod gets that node's name.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"os"

	v1 "k8s.io/api/core/v1"
	"k8s.io/kubernetes/pkg/kubelet/lifecycle"
	"k8s.io/kubernetes/pkg/scheduler/framework"

	"planecheck.dev/generator/gen"
)

type answer struct {
	Admit   bool   `json:"admit"`
	Reason  string `json:"reason,omitempty"`
	Message string `json:"message,omitempty"`
}

func main() {
	gen.Quiet()
	scanner := bufio.NewScanner(os.Stdin)
	scanner.Buffer(nil, 1<<24)
	w := gen.NewWriter(os.Stdout)
	defer w.Close()
	for scanner.Scan() {
		var in struct {
			Seed   int64
			Family string
			Input  struct {
				Nodes []*v1.Node `json:"nodes"`
				Pods  []*v1.Pod  `json:"pods"`
				Pod   *v1.Pod    `json:"pod"`
			}
		}
		if err := json.Unmarshal(scanner.Bytes(), &in); err != nil {
			panic(err)
		}
		out := map[string]answer{}
		for _, n := range in.Input.Nodes {
			node := n
			if node.Labels == nil {
				node.Labels = map[string]string{}
			}
			node.Labels[v1.LabelOSStable] = "linux"
			p := in.Input.Pod.DeepCopy()
			p.Spec.NodeName = node.Name
			var others []*v1.Pod
			for _, o := range in.Input.Pods {
				if o.Spec.NodeName == node.Name {
					others = append(others, o)
				}
			}
			handler := lifecycle.NewPredicateAdmitHandler(
				func(context.Context, bool) (*v1.Node, error) { return node, nil },
				lifecycle.NewAdmissionFailureHandlerStub(),
				func(*framework.NodeInfo, *lifecycle.PodAdmitAttributes) error { return nil })
			r := handler.Admit(&lifecycle.PodAdmitAttributes{Pod: p, OtherPods: others})
			out[node.Name] = answer{r.Admit, r.Reason, r.Message}
		}
		w.Put(gen.Vector{Kind: "kubelet", Seed: in.Seed, Family: in.Family, Input: in.Input, Output: out})
	}
}
