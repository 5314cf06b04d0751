package main

import (
	"fmt"
	"strconv"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"

	"planecheck.dev/generator/gen"
)

type R = gen.R

const hostname, zone = "kubernetes.io/hostname", "topology.kubernetes.io/zone"

var images = []string{"docker.io/library/nginx:1.27", "quay.io/acme/big:v2", "docker.io/library/redis:7", "acme/tiny:latest"}
var imageSizes = []int64{190 << 20, 900 << 20, 120 << 20, 15 << 20}

func node(r *R, i int) *v1.Node {
	name := fmt.Sprintf("n%d", i)
	n := &v1.Node{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{}}}
	l := n.Labels
	if !r.P(0.04) {
		l[hostname] = name
	}
	if !r.P(0.12) {
		l[zone] = gen.Of(r, "z1", "z2", "z3")
	}
	if r.P(0.6) {
		l["disk"] = gen.Of(r, "ssd", "hdd", "")
	}
	if r.P(0.6) {
		l["cores"] = gen.Of(r, "2", "4", "8", "16", "many", "3", "08")
	}
	if r.P(0.3) {
		l["gpu"] = "true"
	}
	a := v1.ResourceList{}
	a[v1.ResourceCPU] = q(gen.Of(r, "1", "2", "3500m", "4", "3900m", "7910m", "8", "16"))
	a[v1.ResourceMemory] = q(gen.Of(r, "1Gi", "2Gi", "3500Mi", "8Gi", "16000000Ki", "4G", "7123456789"))
	a[v1.ResourcePods] = q(gen.Of(r, "1", "3", "5", "10", "30", "110", "110"))
	if r.P(0.7) {
		a[v1.ResourceEphemeralStorage] = q(gen.Of(r, "10Gi", "20G", "100Gi", "47093746742"))
	}
	if r.P(0.35) {
		a["example.com/gpu"] = q(gen.Of(r, "0", "1", "2", "4", "8"))
	}
	if r.P(0.1) {
		a["hugepages-2Mi"] = q(gen.Of(r, "0", "64Mi", "1Gi"))
	}
	n.Status.Capacity = a.DeepCopy()
	n.Status.Allocatable = a
	if r.P(0.08) {
		n.Spec.Unschedulable = true
		if r.P(0.6) {
			n.Spec.Taints = append(n.Spec.Taints, v1.Taint{Key: v1.TaintNodeUnschedulable, Effect: v1.TaintEffectNoSchedule})
		}
	}
	seen := map[string]bool{}
	for k := 0; k < 3; k++ {
		if !r.P(0.11) {
			continue
		}
		t := v1.Taint{
			Key:    gen.Of(r, "dedicated", "dedicated", "special", "example.com/maintenance", v1.TaintNodeNotReady),
			Value:  gen.Of(r, "", "web", "db", "3", "10"),
			Effect: gen.Of(r, v1.TaintEffectNoSchedule, v1.TaintEffectNoSchedule, v1.TaintEffectPreferNoSchedule, v1.TaintEffectNoExecute),
		}
		if id := t.Key + string(t.Effect); !seen[id] {
			seen[id] = true
			n.Spec.Taints = append(n.Spec.Taints, t)
		}
	}
	for k, image := range images {
		if r.P(0.3) {
			n.Status.Images = append(n.Status.Images, v1.ContainerImage{Names: []string{image}, SizeBytes: imageSizes[k]})
		}
	}
	return n
}

func requests(r *R, chance float64) v1.ResourceRequirements {
	rr := v1.ResourceRequirements{}
	put := func(list *v1.ResourceList, name v1.ResourceName, s string) {
		if *list == nil {
			*list = v1.ResourceList{}
		}
		(*list)[name] = q(s)
	}
	if r.P(chance) {
		put(&rr.Requests, v1.ResourceCPU, gen.Of(r, "100m", "250m", "333m", "500m", "1", "1500m", "0", "0.1"))
	} else if r.P(0.25) {
		put(&rr.Limits, v1.ResourceCPU, gen.Of(r, "200m", "1", "2"))
	}
	if r.P(chance) {
		put(&rr.Requests, v1.ResourceMemory, gen.Of(r, "64Mi", "100M", "256Mi", "512Mi", "1Gi", "123456789", "0"))
	} else if r.P(0.2) {
		put(&rr.Limits, v1.ResourceMemory, gen.Of(r, "128Mi", "300M", "1Gi"))
	}
	if r.P(0.15) {
		put(&rr.Requests, v1.ResourceEphemeralStorage, gen.Of(r, "1Gi", "5G", "12Gi"))
	}
	if r.P(0.08) {
		s := gen.Of(r, "1", "2", "3")
		put(&rr.Requests, "example.com/gpu", s)
		put(&rr.Limits, "example.com/gpu", s)
	}
	return rr
}

func selector(r *R, own map[string]string) *metav1.LabelSelector {
	s := &metav1.LabelSelector{}
	switch r.Intn(8) {
	case 0, 1, 2:
		s.MatchLabels = map[string]string{"app": own["app"]}
	case 3:
		s.MatchLabels = map[string]string{"app": gen.Of(r, "web", "db", "cache")}
	case 4:
		s.MatchExpressions = []metav1.LabelSelectorRequirement{{Key: "app", Operator: metav1.LabelSelectorOpIn, Values: []string{"web", "db"}}}
	case 5:
		s.MatchExpressions = []metav1.LabelSelectorRequirement{{Key: "tier", Operator: gen.Of(r, metav1.LabelSelectorOpExists, metav1.LabelSelectorOpDoesNotExist)}}
	case 6:
		s.MatchExpressions = []metav1.LabelSelectorRequirement{{Key: "version", Operator: metav1.LabelSelectorOpNotIn, Values: []string{"v1"}}}
	case 7:
		if r.P(0.3) {
			return nil
		}
	}
	return s
}

func term(r *R, own map[string]string) v1.PodAffinityTerm {
	t := v1.PodAffinityTerm{TopologyKey: gen.Of(r, hostname, hostname, zone, zone, "disk"), LabelSelector: selector(r, own)}
	if r.P(0.15) {
		t.Namespaces = []string{gen.Of(r, "default", "other")}
	}
	if r.P(0.12) {
		t.NamespaceSelector = gen.Of(r, &metav1.LabelSelector{}, &metav1.LabelSelector{MatchLabels: map[string]string{"team": "a"}})
	}
	if t.LabelSelector != nil && r.P(0.1) {
		if r.P(0.6) {
			t.MatchLabelKeys = []string{"pod-template-hash"}
		} else {
			t.MismatchLabelKeys = []string{"pod-template-hash"}
		}
	}
	return t
}

func requirement(r *R) v1.NodeSelectorRequirement {
	switch r.Intn(7) {
	case 0:
		return v1.NodeSelectorRequirement{Key: zone, Operator: v1.NodeSelectorOpIn, Values: gen.Of(r, []string{"z1"}, []string{"z1", "z2"})}
	case 1:
		return v1.NodeSelectorRequirement{Key: "disk", Operator: v1.NodeSelectorOpNotIn, Values: []string{"hdd"}}
	case 2:
		return v1.NodeSelectorRequirement{Key: gen.Of(r, "gpu", "disk"), Operator: v1.NodeSelectorOpExists}
	case 3:
		return v1.NodeSelectorRequirement{Key: gen.Of(r, "gpu", "cores"), Operator: v1.NodeSelectorOpDoesNotExist}
	case 4:
		return v1.NodeSelectorRequirement{Key: "cores", Operator: v1.NodeSelectorOpGt, Values: []string{gen.Of(r, "3", "8", "12")}}
	case 5:
		return v1.NodeSelectorRequirement{Key: "cores", Operator: v1.NodeSelectorOpLt, Values: []string{gen.Of(r, "5", "16", "9")}}
	}
	return v1.NodeSelectorRequirement{Key: "disk", Operator: v1.NodeSelectorOpIn, Values: []string{"ssd", ""}}
}

func nodeTerm(r *R) v1.NodeSelectorTerm {
	t := v1.NodeSelectorTerm{}
	for k := r.Between(0, 2); k > 0; k-- {
		t.MatchExpressions = append(t.MatchExpressions, requirement(r))
	}
	if r.P(0.15) {
		t.MatchFields = []v1.NodeSelectorRequirement{{Key: "metadata.name", Operator: gen.Of(r, v1.NodeSelectorOpIn, v1.NodeSelectorOpNotIn), Values: []string{fmt.Sprintf("n%d", r.Intn(4))}}}
	}
	return t
}

func toleration(r *R) v1.Toleration {
	t := v1.Toleration{
		Key:      gen.Of(r, "dedicated", "dedicated", "special", "example.com/maintenance", v1.TaintNodeUnschedulable, ""),
		Operator: gen.Of(r, v1.TolerationOpEqual, v1.TolerationOpExists, v1.TolerationOpExists, ""),
		Effect:   gen.Of(r, v1.TaintEffectNoSchedule, v1.TaintEffectPreferNoSchedule, v1.TaintEffectNoExecute, "", ""),
	}
	if t.Key == "" {
		t.Operator = v1.TolerationOpExists
	}
	if t.Operator != v1.TolerationOpExists {
		t.Value = gen.Of(r, "", "web", "db", "3")
	}
	if t.Effect == v1.TaintEffectNoExecute && r.P(0.4) {
		t.TolerationSeconds = ptr.To(int64(r.Intn(400)))
	}
	return t
}

// density is how likely each optional feature is.
func spec(r *R, own map[string]string, d float64, incoming bool) v1.PodSpec {
	s := v1.PodSpec{}
	for k := gen.Of(r, 1, 1, 1, 2); k > 0; k-- {
		c := v1.Container{Name: "c" + strconv.Itoa(len(s.Containers)), Image: gen.Of(r, images...), Resources: requests(r, 0.65)}
		if r.P(0.12 * d) {
			p := v1.ContainerPort{ContainerPort: int32(gen.Of(r, 80, 8080)), HostPort: int32(gen.Of(r, 80, 8080, 9090)), Protocol: gen.Of(r, v1.ProtocolTCP, v1.ProtocolTCP, v1.ProtocolUDP)}
			if r.P(0.3) {
				p.HostIP = gen.Of(r, "0.0.0.0", "127.0.0.1", "10.0.0.1")
			}
			c.Ports = []v1.ContainerPort{p}
		}
		s.Containers = append(s.Containers, c)
	}
	if r.P(0.3 * d) {
		for k := gen.Of(r, 1, 2, 3); k > 0; k-- {
			c := v1.Container{Name: "i" + strconv.Itoa(len(s.InitContainers)), Image: gen.Of(r, images...), Resources: requests(r, 0.6)}
			if r.P(0.4) {
				c.RestartPolicy = ptr.To(v1.ContainerRestartPolicyAlways)
			}
			s.InitContainers = append(s.InitContainers, c)
		}
	}
	if r.P(0.05 * d) {
		s.Overhead = v1.ResourceList{v1.ResourceCPU: q("120m"), v1.ResourceMemory: q("32Mi")}
		s.RuntimeClassName = ptr.To("kata")
	}
	if r.P(0.05 * d) {
		s.Resources = &v1.ResourceRequirements{Requests: v1.ResourceList{v1.ResourceCPU: q("3")}}
		if r.P(0.5) {
			s.Resources.Requests[v1.ResourceMemory] = q("3Gi")
		}
	}
	for k := 0; k < 3; k++ {
		if r.P(0.3 * d) {
			s.Tolerations = append(s.Tolerations, toleration(r))
		}
	}
	aff := &v1.Affinity{}
	if incoming {
		if r.P(0.2 * d) {
			s.NodeSelector = map[string]string{gen.Of(r, "disk", zone): gen.Of(r, "ssd", "z1", "")}
		}
		if r.P(0.35 * d) {
			na := &v1.NodeAffinity{}
			if r.P(0.6) {
				na.RequiredDuringSchedulingIgnoredDuringExecution = &v1.NodeSelector{}
				for k := gen.Of(r, 1, 1, 2); k > 0; k-- {
					ts := &na.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms
					*ts = append(*ts, nodeTerm(r))
				}
			}
			for k := gen.Of(r, 0, 1, 2); k > 0; k-- {
				na.PreferredDuringSchedulingIgnoredDuringExecution = append(na.PreferredDuringSchedulingIgnoredDuringExecution,
					v1.PreferredSchedulingTerm{Weight: int32(r.Between(1, 100)), Preference: nodeTerm(r)})
			}
			if na.RequiredDuringSchedulingIgnoredDuringExecution != nil || na.PreferredDuringSchedulingIgnoredDuringExecution != nil {
				aff.NodeAffinity = na
			}
		}
		if r.P(0.03 * d) {
			s.NodeName = "" // a pod with a node name never reaches the scheduler
		}
	}
	if r.P(0.3 * d) {
		pa := &v1.PodAntiAffinity{}
		if r.P(0.6) {
			for k := gen.Of(r, 1, 1, 2); k > 0; k-- {
				pa.RequiredDuringSchedulingIgnoredDuringExecution = append(pa.RequiredDuringSchedulingIgnoredDuringExecution, term(r, own))
			}
		} else {
			pa.PreferredDuringSchedulingIgnoredDuringExecution = []v1.WeightedPodAffinityTerm{{Weight: int32(r.Between(1, 100)), PodAffinityTerm: term(r, own)}}
		}
		aff.PodAntiAffinity = pa
	}
	if r.P(0.2 * d) {
		pa := &v1.PodAffinity{}
		if r.P(0.5) {
			pa.RequiredDuringSchedulingIgnoredDuringExecution = append(pa.RequiredDuringSchedulingIgnoredDuringExecution, term(r, own))
		} else {
			pa.PreferredDuringSchedulingIgnoredDuringExecution = []v1.WeightedPodAffinityTerm{{Weight: int32(r.Between(1, 100)), PodAffinityTerm: term(r, own)}}
		}
		aff.PodAffinity = pa
	}
	if aff.NodeAffinity != nil || aff.PodAffinity != nil || aff.PodAntiAffinity != nil {
		s.Affinity = aff
	}
	if incoming && r.P(0.35*d) {
		seen := map[string]bool{}
		for k := gen.Of(r, 1, 1, 2); k > 0; k-- {
			c := v1.TopologySpreadConstraint{
				MaxSkew:           int32(gen.Of(r, 1, 1, 2, 3)),
				TopologyKey:       gen.Of(r, hostname, zone, zone),
				WhenUnsatisfiable: gen.Of(r, v1.DoNotSchedule, v1.DoNotSchedule, v1.ScheduleAnyway),
				LabelSelector:     selector(r, own),
			}
			if c.WhenUnsatisfiable == v1.DoNotSchedule && r.P(0.25) {
				c.MinDomains = ptr.To(int32(r.Between(1, 4)))
			}
			if r.P(0.25) {
				c.NodeAffinityPolicy = gen.Of(r, ptr.To(v1.NodeInclusionPolicyHonor), ptr.To(v1.NodeInclusionPolicyIgnore))
			}
			if r.P(0.25) {
				c.NodeTaintsPolicy = gen.Of(r, ptr.To(v1.NodeInclusionPolicyHonor), ptr.To(v1.NodeInclusionPolicyIgnore))
			}
			if c.LabelSelector != nil && r.P(0.15) {
				c.MatchLabelKeys = []string{"pod-template-hash"}
			}
			if id := c.TopologyKey + string(c.WhenUnsatisfiable); !seen[id] {
				seen[id] = true
				s.TopologySpreadConstraints = append(s.TopologySpreadConstraints, c)
			}
		}
	}
	return s
}

func labels(r *R) map[string]string {
	l := map[string]string{"app": gen.Of(r, "web", "db", "cache"), "pod-template-hash": gen.Of(r, "aaa", "bbb")}
	if r.P(0.5) {
		l["tier"] = gen.Of(r, "front", "back")
	}
	if r.P(0.5) {
		l["version"] = gen.Of(r, "v1", "v2")
	}
	return l
}

func pod(name string, l map[string]string, s v1.PodSpec) *v1.Pod {
	return &v1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "default", UID: types.UID("uid-" + name), Labels: l}, Spec: s}
}

var _ = intstr.FromInt32

// soften leaves the incoming pod with preferences only, on nodes that keep nobody off.
func soften(r *R, in *input) {
	s := &in.Pod.Spec
	s.NodeSelector = nil
	for i := range s.Containers {
		s.Containers[i].Ports = nil
	}
	if s.Affinity != nil {
		prefer := func(terms []v1.PodAffinityTerm) (out []v1.WeightedPodAffinityTerm) {
			for _, t := range terms {
				out = append(out, v1.WeightedPodAffinityTerm{Weight: int32(r.Between(1, 100)), PodAffinityTerm: t})
			}
			return out
		}
		if a := s.Affinity.NodeAffinity; a != nil && a.RequiredDuringSchedulingIgnoredDuringExecution != nil {
			for _, t := range a.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms {
				a.PreferredDuringSchedulingIgnoredDuringExecution = append(a.PreferredDuringSchedulingIgnoredDuringExecution, v1.PreferredSchedulingTerm{Weight: int32(r.Between(1, 100)), Preference: t})
			}
			a.RequiredDuringSchedulingIgnoredDuringExecution = nil
		}
		if a := s.Affinity.PodAffinity; a != nil {
			a.PreferredDuringSchedulingIgnoredDuringExecution = append(a.PreferredDuringSchedulingIgnoredDuringExecution, prefer(a.RequiredDuringSchedulingIgnoredDuringExecution)...)
			a.RequiredDuringSchedulingIgnoredDuringExecution = nil
		}
		if a := s.Affinity.PodAntiAffinity; a != nil {
			a.PreferredDuringSchedulingIgnoredDuringExecution = append(a.PreferredDuringSchedulingIgnoredDuringExecution, prefer(a.RequiredDuringSchedulingIgnoredDuringExecution)...)
			a.RequiredDuringSchedulingIgnoredDuringExecution = nil
		}
	}
	seen := map[string]bool{}
	var kept []v1.TopologySpreadConstraint
	for _, c := range s.TopologySpreadConstraints {
		c.WhenUnsatisfiable, c.MinDomains = v1.ScheduleAnyway, nil
		if !seen[c.TopologyKey] {
			seen[c.TopologyKey] = true
			kept = append(kept, c)
		}
	}
	s.TopologySpreadConstraints = kept
	for _, n := range in.Nodes {
		n.Spec.Unschedulable = false
		taken := map[string]bool{}
		var taints []v1.Taint
		for _, t := range n.Spec.Taints {
			if !taken[t.Key] {
				taken[t.Key] = true
				t.Effect = v1.TaintEffectPreferNoSchedule
				taints = append(taints, t)
			}
		}
		n.Spec.Taints = taints
		n.Status.Allocatable[v1.ResourceCPU] = q(gen.Of(r, "8", "15890m", "16", "32"))
		n.Status.Allocatable[v1.ResourceMemory] = q(gen.Of(r, "16Gi", "31Gi", "64Gi", "7123456789"))
		n.Status.Allocatable[v1.ResourcePods] = q("110")
		n.Status.Capacity = n.Status.Allocatable.DeepCopy()
	}
	for _, p := range in.Pods {
		if a := p.Spec.Affinity; a != nil && a.PodAntiAffinity != nil && !r.P(0.3) {
			a.PodAntiAffinity.RequiredDuringSchedulingIgnoredDuringExecution = nil
		}
	}
}
