// preemption: what the real DefaultPreemption does after the default profile's filters have turned a pod down.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"reflect"
	"sort"
	"time"
	_ "unsafe"

	v1 "k8s.io/api/core/v1"
	policy "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"
	"k8s.io/client-go/tools/events"
	"k8s.io/klog/v2"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler"
	"k8s.io/kubernetes/pkg/scheduler/apis/config"
	internalcache "k8s.io/kubernetes/pkg/scheduler/backend/cache"
	"k8s.io/kubernetes/pkg/scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework/plugins/defaultpreemption"
	"k8s.io/kubernetes/pkg/scheduler/framework/plugins/feature"
	"k8s.io/kubernetes/pkg/scheduler/framework/preemption"
	"k8s.io/kubernetes/pkg/scheduler/profile"
	"k8s.io/utils/ptr"

	"planecheck.dev/generator/gen"
)

//go:linkname lowerPriorityNominated k8s.io/kubernetes/pkg/scheduler/framework/preemption.getLowerPriorityNominatedPods
func lowerPriorityNominated(n fwk.PodNominator, priority int32, node string) []*v1.Pod

type R = gen.R

const hostname, zone = "kubernetes.io/hostname", "topology.kubernetes.io/zone"

type input struct {
	Nodes     []*v1.Node                    `json:"nodes"`
	Pods      []*v1.Pod                     `json:"pods"`
	Nominated []*v1.Pod                     `json:"nominatedPods,omitempty"`
	Budgets   []*policy.PodDisruptionBudget `json:"budgets,omitempty"`
	Pod       *v1.Pod                       `json:"pod"`
}

type candidate struct {
	Node       string   `json:"node"`
	Victims    []string `json:"victims"`
	Violations int64    `json:"pdbViolations"`
}

type verdict = gen.Verdict

type output struct {
	Filters    map[string]verdict `json:"filters"`
	Candidates []candidate        `json:"candidates"`
	NotHelped  map[string]verdict `json:"notHelped,omitempty"` // nodes of status Unschedulable where preemption does not help
	Chosen     []string           `json:"chosen"`              // the real choice is one of these, at random
	Code       string             `json:"code"`
	Message    string             `json:"message,omitempty"`
	Nomination string             `json:"nominatedNodeName"` // kept, cleared, or chosen (set to the node)
	Deleted    []string           `json:"deleted,omitempty"` // requests, left out if several nodes may be chosen
	Cleared    []string           `json:"nominationsCleared,omitempty"`
}

var check, q = gen.Check, gen.Q

type oracle struct {
	ctx      context.Context
	log      klog.Logger
	client   *fake.Clientset
	sched    *scheduler.Scheduler
	fw       framework.Framework
	snapshot *internalcache.Snapshot
	informer informers.SharedInformerFactory
	plugin   *defaultpreemption.DefaultPreemption
}

func newOracle() *oracle {
	ctx := context.Background()
	client := fake.NewSimpleClientset()
	factory := scheduler.NewInformerFactory(client, 0)
	broadcaster := events.NewBroadcaster(&events.EventSinkImpl{Interface: client.EventsV1()})
	s, err := scheduler.New(ctx, client, factory, nil, profile.NewRecorderFactory(broadcaster))
	check(err)
	o := &oracle{ctx: ctx, log: klog.FromContext(ctx), client: client, sched: s, fw: s.Profiles["default-scheduler"], informer: factory}
	o.snapshot = o.fw.SnapshotSharedLister().(*internalcache.Snapshot)
	features := feature.NewSchedulerFeaturesFromGates(utilfeature.DefaultFeatureGate)
	features.EnableAsyncPreemption = false // the same requests, but before PostFilter returns
	o.plugin, err = defaultpreemption.New(ctx, &config.DefaultPreemptionArgs{MinCandidateNodesPercentage: 10, MinCandidateNodesAbsolute: 100}, o.fw, features)
	check(err)
	check(factory.Core().V1().Namespaces().Informer().GetStore().Add(&v1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "default"}}))
	return o
}

func (o *oracle) load(in *input) {
	pods, budgets := o.informer.Core().V1().Pods().Informer().GetStore(), o.informer.Policy().V1().PodDisruptionBudgets().Informer().GetStore()
	for _, n := range in.Nodes {
		o.sched.Cache.AddNode(o.log, n)
	}
	for _, p := range in.Pods {
		check(o.sched.Cache.AddPod(o.log, p))
		check(pods.Add(p))
		check(o.client.Tracker().Add(p))
	}
	for _, p := range append([]*v1.Pod{in.Pod}, in.Nominated...) {
		check(pods.Add(p))
		check(o.client.Tracker().Add(p))
	}
	info, err := framework.NewPodInfo(in.Pod)
	check(err)
	o.fw.AddNominatedPod(o.log, info, nil)
	for _, p := range in.Nominated {
		o.sched.SchedulingQueue.Add(o.ctx, p)
	}
	for _, b := range in.Budgets {
		check(budgets.Add(b))
	}
	check(o.sched.Cache.UpdateSnapshot(o.log, o.snapshot))
	o.client.ClearActions()
}

func (o *oracle) unload(in *input) {
	pods, budgets := o.informer.Core().V1().Pods().Informer().GetStore(), o.informer.Policy().V1().PodDisruptionBudgets().Informer().GetStore()
	gvr := v1.SchemeGroupVersion.WithResource("pods")
	for _, p := range in.Pods {
		check(o.sched.Cache.RemovePod(o.log, p))
	}
	for _, p := range in.Nominated {
		o.sched.SchedulingQueue.Delete(p)
	}
	for _, p := range append(append([]*v1.Pod{in.Pod}, in.Nominated...), in.Pods...) {
		o.fw.DeleteNominatedPodIfExists(p)
		check(pods.Delete(p))
		o.client.Tracker().Delete(gvr, p.Namespace, p.Name)
	}
	for _, n := range in.Nodes {
		check(o.sched.Cache.RemoveNode(o.log, n))
	}
	for _, b := range in.Budgets {
		check(budgets.Delete(b))
	}
}

// run is nil when the pod fits somewhere.
func (o *oracle) run(in *input) *output {
	info, err := framework.NewPodInfo(in.Pod)
	check(err)
	state := framework.NewCycleState()
	_, err = o.sched.SchedulePod(o.ctx, o.fw, state, &framework.QueuedPodInfo{PodInfo: info})
	fit, ok := err.(*framework.FitError)
	if !ok {
		return nil
	}
	out := &output{Filters: map[string]verdict{}, NotHelped: map[string]verdict{}, Candidates: []candidate{}, Chosen: []string{}}
	for _, n := range in.Nodes {
		out.Filters[n.Name] = gen.Said(fit.Diagnosis.NodeToStatus.Get(n.Name))
	}
	// All candidates.
	potential, err := fit.Diagnosis.NodeToStatus.NodesForStatusCode(o.snapshot.NodeInfos(), fwk.Unschedulable)
	check(err)
	if ok, _ := o.plugin.PodEligibleToPreemptOthers(o.ctx, in.Pod, fit.Diagnosis.NodeToStatus.Get(in.Pod.Status.NominatedNodeName)); ok && len(potential) > 0 {
		found, statuses, err := o.plugin.Evaluator.DryRunPreemption(o.ctx, state, in.Pod, potential, in.Budgets, 0, int32(len(potential)))
		check(err)
		helped := map[string]bool{}
		for _, c := range found {
			row := candidate{Node: c.Name(), Violations: c.Victims().NumPDBViolations}
			for _, v := range c.Victims().Pods {
				row.Victims = append(row.Victims, v.Name)
			}
			out.Candidates = append(out.Candidates, row)
			helped[c.Name()] = true
		}
		sort.Slice(out.Candidates, func(i, j int) bool { return out.Candidates[i].Node < out.Candidates[j].Node })
		for _, n := range potential {
			if !helped[n.Node().Name] {
				out.NotHelped[n.Node().Name] = gen.Said(statuses.Get(n.Node().Name))
			}
		}
		chosen := map[string]bool{}
		for k := 0; k < 300 && len(found) > 0; k++ {
			chosen[o.plugin.Evaluator.SelectCandidate(o.ctx, append([]preemption.Candidate{}, found...)).Name()] = true
		}
		for n := range chosen {
			out.Chosen = append(out.Chosen, n)
		}
		sort.Strings(out.Chosen)
	}
	// The pods that lose their nomination to the chosen node.
	if len(out.Chosen) == 1 {
		for _, p := range lowerPriorityNominated(o.fw, *in.Pod.Spec.Priority, out.Chosen[0]) {
			if p.UID != in.Pod.UID {
				out.Cleared = append(out.Cleared, p.Name)
			}
		}
	}
	// The whole plugin.
	o.client.ClearActions()
	result, st := o.plugin.PostFilter(o.ctx, state, in.Pod, fit.Diagnosis.NodeToStatus)
	out.Code, out.Message = st.Code().String(), st.Message()
	out.Nomination = "kept"
	if result != nil && result.Mode() == fwk.ModeOverride {
		out.Nomination = "cleared"
		if result.NominatedNodeName != "" {
			out.Nomination = "chosen"
			found := false
			for _, n := range out.Chosen {
				found = found || n == result.NominatedNodeName
			}
			if !found {
				panic("a node that was not expected")
			}
		}
	}
	if len(out.Chosen) <= 1 {
		for _, a := range o.client.Actions() {
			switch {
			case a.GetVerb() == "delete":
				out.Deleted = append(out.Deleted, a.(clienttesting.DeleteAction).GetName())
			}
		}
	}
	sort.Strings(out.Deleted)
	sort.Strings(out.Cleared)
	return out
}

func requests(cpu, memory string) v1.ResourceRequirements {
	rr := v1.ResourceRequirements{Requests: v1.ResourceList{}}
	if cpu != "" {
		rr.Requests[v1.ResourceCPU] = q(cpu)
	}
	if memory != "" {
		rr.Requests[v1.ResourceMemory] = q(memory)
	}
	return rr
}

func pod(name string, l map[string]string, priority int32, rr v1.ResourceRequirements) *v1.Pod {
	return &v1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "default", UID: types.UID("uid-" + name), Labels: l},
		Spec: v1.PodSpec{Priority: ptr.To(priority), PreemptionPolicy: ptr.To(v1.PreemptLowerPriority), Containers: []v1.Container{{Name: "c", Image: "img", Resources: rr}}}}
}

func labels(r *R) map[string]string {
	l := map[string]string{"app": gen.Of(r, "web", "db", "cache")}
	if r.P(0.4) {
		l["tier"] = gen.Of(r, "front", "back")
	}
	return l
}

func anti(r *R, key string) *v1.Affinity {
	t := []v1.PodAffinityTerm{{TopologyKey: key, LabelSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": gen.Of(r, "web", "db", "cache")}}}}
	if r.P(0.25) {
		return &v1.Affinity{PodAffinity: &v1.PodAffinity{RequiredDuringSchedulingIgnoredDuringExecution: t}}
	}
	return &v1.Affinity{PodAntiAffinity: &v1.PodAntiAffinity{RequiredDuringSchedulingIgnoredDuringExecution: t}}
}

func draw(family string, seed int64) *input {
	r := gen.New(seed)
	general := family == "general"
	in := &input{Pods: []*v1.Pod{}}
	levels := []int32{0, 0, 5, 10, 10, 50, -5}
	if r.P(0.3) {
		levels = []int32{0, 10}
	}
	alike := r.P(0.4)
	cpu, memory := gen.Of(r, "1", "2", "4", "3500m"), gen.Of(r, "2Gi", "4Gi", "8Gi")
	for i := r.Between(1, 6); i > 0; i-- {
		name := fmt.Sprintf("n%d", len(in.Nodes))
		n := &v1.Node{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{hostname: name, zone: gen.Of(r, "z1", "z2")}}}
		if !alike {
			cpu, memory = gen.Of(r, "1", "2", "4", "3500m"), gen.Of(r, "2Gi", "4Gi", "8Gi")
		}
		n.Status.Allocatable = v1.ResourceList{v1.ResourceCPU: q(cpu), v1.ResourceMemory: q(memory), v1.ResourcePods: q(gen.Of(r, "3", "5", "8", "110"))}
		n.Status.Capacity = n.Status.Allocatable.DeepCopy()
		if r.P(0.06) {
			n.Spec.Unschedulable = true
		}
		if r.P(0.08) {
			n.Spec.Taints = []v1.Taint{{Key: "dedicated", Value: "db", Effect: v1.TaintEffectNoSchedule}}
		}
		if general && r.P(0.4) {
			n.Labels["disk"] = "ssd"
		}
		in.Nodes = append(in.Nodes, n)
	}
	for _, n := range in.Nodes {
		freeCPU, freeMemory, freePods := n.Status.Allocatable.Cpu().MilliValue(), n.Status.Allocatable.Memory().Value(), n.Status.Allocatable.Pods().Value()
		for k := r.Between(1, 8); k > 0 && freePods > 0; k-- {
			rr := requests(gen.Of(r, "100m", "250m", "500m", "1", "750m", ""), gen.Of(r, "", "256Mi", "512Mi", "1Gi"))
			c, m := rr.Requests.Cpu().MilliValue(), rr.Requests.Memory().Value()
			if c > freeCPU || m > freeMemory {
				continue
			}
			freeCPU, freeMemory, freePods = freeCPU-c, freeMemory-m, freePods-1
			p := pod(fmt.Sprintf("p%d", len(in.Pods)), labels(r), gen.Of(r, levels...), rr)
			p.Spec.NodeName = n.Name
			p.Status.Phase = v1.PodRunning
			p.Status.StartTime = &metav1.Time{Time: time.Unix(int64(1_900_000_000+r.Intn(5)*60), 0).UTC()}
			if r.P(0.08) {
				p.DeletionTimestamp = &metav1.Time{Time: time.Unix(2_000_000_000, 0).UTC()}
				p.DeletionGracePeriodSeconds = ptr.To(int64(30))
				if r.P(0.6) {
					p.Status.Conditions = []v1.PodCondition{{Type: v1.DisruptionTarget, Status: v1.ConditionTrue, Reason: v1.PodReasonPreemptionByScheduler}}
				}
			}
			if general && r.P(0.12) {
				p.Spec.Affinity = anti(r, gen.Of(r, hostname, zone))
			}
			if general && r.P(0.12) {
				p.Spec.Containers[0].Ports = []v1.ContainerPort{{ContainerPort: 80, HostPort: int32(gen.Of(r, 80, 8080))}}
			}
			in.Pods = append(in.Pods, p)
		}
	}
	in.Pod = pod("incoming", labels(r), gen.Of[int32](r, 100, 100, 50, 10, 10, 5, 0), requests(gen.Of(r, "500m", "1", "1500m", "2", "750m", ""), gen.Of(r, "", "512Mi", "1Gi", "2Gi")))
	if r.P(0.05) {
		in.Pod.Spec.PreemptionPolicy = ptr.To(v1.PreemptNever)
	}
	if r.P(0.15) {
		in.Pod.Status.NominatedNodeName = in.Nodes[r.Intn(len(in.Nodes))].Name
	}
	if general {
		if r.P(0.3) {
			in.Pod.Spec.Affinity = anti(r, gen.Of(r, hostname, zone))
		}
		if r.P(0.25) {
			in.Pod.Spec.Containers[0].Ports = []v1.ContainerPort{{ContainerPort: 80, HostPort: int32(gen.Of(r, 80, 8080))}}
		}
		if r.P(0.15) {
			in.Pod.Spec.NodeSelector = map[string]string{"disk": "ssd"}
		}
		if r.P(0.2) {
			in.Pod.Spec.TopologySpreadConstraints = []v1.TopologySpreadConstraint{{MaxSkew: int32(gen.Of(r, 1, 1, 2)), TopologyKey: gen.Of(r, hostname, zone), WhenUnsatisfiable: v1.DoNotSchedule, LabelSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": in.Pod.Labels["app"]}}}}
		}
		if r.P(0.2) {
			in.Pod.Spec.Tolerations = []v1.Toleration{{Key: "dedicated", Operator: v1.TolerationOpExists}}
		}
	}
	if r.P(0.15) {
		for k := gen.Of(r, 1, 1, 2); k > 0; k-- {
			p := pod(fmt.Sprintf("waiting%d", len(in.Nominated)), labels(r), gen.Of[int32](r, 0, 10, 50, 200), requests(gen.Of(r, "250m", "1", "2"), gen.Of(r, "", "512Mi")))
			p.Status.NominatedNodeName = in.Nodes[r.Intn(len(in.Nodes))].Name
			in.Nominated = append(in.Nominated, p)
		}
	}
	if r.P(0.6) {
		for k := gen.Of(r, 1, 1, 2, 3); k > 0; k-- {
			b := &policy.PodDisruptionBudget{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("b%d", len(in.Budgets)), Namespace: "default", UID: types.UID(fmt.Sprintf("uid-b%d", len(in.Budgets)))},
				Spec:   policy.PodDisruptionBudgetSpec{MinAvailable: ptr.To(intstr.FromInt32(1)), Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": gen.Of(r, "web", "db", "cache")}}},
				Status: policy.PodDisruptionBudgetStatus{DisruptionsAllowed: int32(gen.Of(r, 0, 0, 1, 2))}}
			switch r.Intn(12) {
			case 0:
				b.Spec.Selector = &metav1.LabelSelector{}
			case 1:
				b.Spec.Selector = nil
			case 2:
				b.Spec.Selector = &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "tier", Operator: metav1.LabelSelectorOpExists}}}
			case 3:
				b.Namespace = "other"
			}
			if r.P(0.15) && len(in.Pods) > 0 {
				b.Status.DisruptedPods = map[string]metav1.Time{in.Pods[r.Intn(len(in.Pods))].Name: metav1.NewTime(time.Unix(2_000_000_000, 0).UTC())}
			}
			in.Budgets = append(in.Budgets, b)
		}
	}
	return in
}

func main() {
	family := flag.String("family", "", "plain, general; both in turn if empty")
	count := flag.Int("n", 100, "vectors")
	seed := flag.Int64("seed", 1, "first seed")
	flag.Parse()
	gen.Quiet()
	o := newOracle()
	w := gen.NewWriter(os.Stdout)
	defer w.Close()
	fits, wins := 0, 0
	for made := 0; made < *count; *seed++ {
		f := *family
		if f == "" {
			f = []string{"plain", "general"}[*seed%2]
		}
		in := draw(f, *seed)
		if err := gen.Valid(append(append([]*v1.Pod{in.Pod}, in.Nominated...), in.Pods...)...); err != nil {
			fmt.Fprintln(os.Stderr, err)
			continue
		}
		o.load(in)
		out := o.run(in)
		o.unload(in)
		if out == nil {
			fits++
			continue
		}
		o.load(in)
		again := o.run(in)
		o.unload(in)
		if !reflect.DeepEqual(out, again) {
			fmt.Fprintln(os.Stderr, "seed", *seed, "is not the same twice")
			continue
		}
		if len(out.Candidates) > 0 {
			wins++
		}
		w.Put(gen.Vector{Kind: "preemption", Seed: *seed, Family: f, Input: in, Output: out})
		made++
	}
	fmt.Fprintln(os.Stderr, *count, "vectors,", wins, "with a candidate;", fits, "draws dropped as the pod fits")
}
