// scheduler: what the real scheduler's default profile says of random small clusters.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"sort"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/tools/events"
	"k8s.io/klog/v2"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	"k8s.io/kubernetes/pkg/apis/core"
	corev1 "k8s.io/kubernetes/pkg/apis/core/v1"
	"k8s.io/kubernetes/pkg/apis/core/validation"
	"k8s.io/kubernetes/pkg/scheduler"
	"k8s.io/kubernetes/pkg/scheduler/apis/config/latest"
	internalcache "k8s.io/kubernetes/pkg/scheduler/backend/cache"
	"k8s.io/kubernetes/pkg/scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/profile"
	"k8s.io/utils/ptr"

	"planecheck.dev/generator/gen"
)

type input struct {
	Profile     any                  `json:"profile,omitempty"`
	Nodes       []*v1.Node           `json:"nodes"`
	Pods        []*v1.Pod            `json:"pods"`
	Pod         *v1.Pod              `json:"pod"`
	ReplicaSets []*appsv1.ReplicaSet `json:"replicaSets,omitempty"`
	Services    []*v1.Service        `json:"services,omitempty"`
}

type verdict struct {
	Code     string            `json:"code"`
	Plugin   string            `json:"plugin,omitempty"`
	Reasons  []string          `json:"reasons,omitempty"`
	ByPlugin map[string]string `json:"byPlugin"`
}

type output struct {
	PreFilter *verdict                    `json:"preFilter,omitempty"`
	Nodes     map[string]*verdict         `json:"nodes"`
	Feasible  []string                    `json:"feasible"`
	Scores    map[string]map[string]int64 `json:"scores,omitempty"`
	Best      []string                    `json:"best"`
	Chosen    string                      `json:"-"` // random among the best
}

type oracle struct {
	ctx      context.Context
	log      klog.Logger
	sched    *scheduler.Scheduler
	fw       framework.Framework
	snapshot *internalcache.Snapshot
	filters  []fwk.FilterPlugin
	informer informers.SharedInformerFactory
}

// newOracle is around a scheduler of the default profile, or of one that r changes.
func newOracle(r *R) (*oracle, any) {
	ctx := context.Background()
	client := fake.NewSimpleClientset()
	factory := scheduler.NewInformerFactory(client, 0)
	broadcaster := events.NewBroadcaster(&events.EventSinkImpl{Interface: client.EventsV1()})
	cfg, err := latest.Default()
	check(err)
	var told any
	if r != nil {
		told = configure(r, cfg)
	}
	s, err := scheduler.New(ctx, client, factory, nil, profile.NewRecorderFactory(broadcaster), scheduler.WithProfiles(cfg.Profiles...))
	check(err)
	o := &oracle{ctx: ctx, log: klog.FromContext(ctx), sched: s, fw: s.Profiles["default-scheduler"], informer: factory}
	o.snapshot = o.fw.SnapshotSharedLister().(*internalcache.Snapshot)
	var names []string
	for _, p := range o.fw.ListPlugins().Filter.Enabled {
		names = append(names, p.Name)
	}
	o.filters = gen.Filters(ctx, cfg.Profiles[0], o.fw, names...)
	// A namespace to select by.
	for name, team := range map[string]string{"default": "a", "other": "b"} {
		check(factory.Core().V1().Namespaces().Informer().GetStore().Add(&v1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"team": team}}}))
	}
	return o, told
}

func (o *oracle) load(in *input) {
	for _, n := range in.Nodes {
		o.sched.Cache.AddNode(o.log, n)
	}
	for _, p := range in.Pods {
		check(o.sched.Cache.AddPod(o.log, p))
	}
	for _, rs := range in.ReplicaSets {
		check(o.informer.Apps().V1().ReplicaSets().Informer().GetStore().Add(rs))
	}
	for _, s := range in.Services {
		check(o.informer.Core().V1().Services().Informer().GetStore().Add(s))
	}
	check(o.sched.Cache.UpdateSnapshot(o.log, o.snapshot))
}

func (o *oracle) unload(in *input) {
	for _, p := range in.Pods {
		check(o.sched.Cache.RemovePod(o.log, p))
	}
	for _, n := range in.Nodes {
		check(o.sched.Cache.RemoveNode(o.log, n))
	}
	for _, rs := range in.ReplicaSets {
		check(o.informer.Apps().V1().ReplicaSets().Informer().GetStore().Delete(rs))
	}
	for _, s := range in.Services {
		check(o.informer.Core().V1().Services().Informer().GetStore().Delete(s))
	}
}

func word(s *fwk.Status) string { return s.Code().String() }

func (o *oracle) run(in *input) *output {
	out := &output{Nodes: map[string]*verdict{}, Feasible: []string{}, Best: []string{}}
	infos, err := o.snapshot.NodeInfos().List()
	check(err)
	sort.Slice(infos, func(i, j int) bool { return infos[i].Node().Name < infos[j].Node().Name })
	for _, i := range infos {
		out.Nodes[i.Node().Name] = &verdict{ByPlugin: map[string]string{}}
	}
	// Each plugin by itself.
	for _, p := range o.filters {
		state := framework.NewCycleState()
		var only *fwk.PreFilterResult
		all := ""
		if pre, ok := p.(fwk.PreFilterPlugin); ok {
			res, st := pre.PreFilter(o.ctx, state, in.Pod, infos)
			if st.IsSkip() {
				continue
			}
			only = res
			if !st.IsSuccess() {
				all = "PreFilter " + word(st)
			}
		}
		for _, i := range infos {
			name := i.Node().Name
			if all != "" {
				out.Nodes[name].ByPlugin[p.Name()] = all
				continue
			}
			if !only.AllNodes() && !only.NodeNames.Has(name) {
				out.Nodes[name].ByPlugin[p.Name()] = "PreFilter excluded"
				continue
			}
			if st := p.Filter(o.ctx, state, in.Pod, i); !st.IsSuccess() {
				out.Nodes[name].ByPlugin[p.Name()] = word(st)
			}
		}
	}
	// The whole profile.
	state := framework.NewCycleState()
	res, st, _ := o.fw.RunPreFilterPlugins(o.ctx, state, in.Pod)
	if !st.IsSuccess() {
		out.PreFilter = &verdict{Code: word(st), Plugin: st.Plugin(), Reasons: st.Reasons()}
	}
	var feasible []fwk.NodeInfo
	for _, i := range infos {
		v := out.Nodes[i.Node().Name]
		switch {
		case out.PreFilter != nil:
			v.Code, v.Plugin, v.Reasons = out.PreFilter.Code, out.PreFilter.Plugin, out.PreFilter.Reasons
			continue
		case !res.AllNodes() && !res.NodeNames.Has(i.Node().Name):
			v.Code, v.Plugin = "UnschedulableAndUnresolvable", "PreFilterResult"
			continue
		}
		st := o.fw.RunFilterPlugins(o.ctx, state, in.Pod, i)
		v.Code = word(st)
		if st != nil {
			v.Plugin, v.Reasons = st.Plugin(), st.Reasons()
		}
		if st.IsSuccess() {
			feasible = append(feasible, i)
			out.Feasible = append(out.Feasible, i.Node().Name)
		}
	}
	if len(feasible) > 0 {
		st := o.fw.RunPreScorePlugins(o.ctx, state, in.Pod, feasible)
		if !st.IsSuccess() {
			panic(st.AsError())
		}
		scores, st := o.fw.RunScorePlugins(o.ctx, state, in.Pod, feasible)
		if !st.IsSuccess() {
			panic(st.AsError())
		}
		out.Scores = map[string]map[string]int64{}
		best := int64(-1)
		for _, s := range scores {
			row := map[string]int64{"total": s.TotalScore}
			for _, each := range s.Scores {
				row[each.Name] = each.Score
			}
			out.Scores[s.Name] = row
			best = max(best, s.TotalScore)
		}
		for _, s := range scores {
			if s.TotalScore == best {
				out.Best = append(out.Best, s.Name)
			}
		}
	}
	// The scheduler's own answer: it has to be one of the best.
	info, err := framework.NewPodInfo(in.Pod)
	check(err)
	result, err := o.sched.SchedulePod(o.ctx, o.fw, framework.NewCycleState(), &framework.QueuedPodInfo{PodInfo: info})
	if err == nil {
		out.Chosen = result.SuggestedHost
		ok := false
		for _, b := range out.Best {
			ok = ok || b == out.Chosen
		}
		if !ok {
			panic(fmt.Sprint("chosen ", out.Chosen, " is not among ", out.Best))
		}
	} else if len(feasible) > 0 {
		panic(err)
	}
	return out
}

func valid(in *input) bool {
	if err := gen.Valid(append([]*v1.Pod{in.Pod}, in.Pods...)...); err != nil {
		if *debug {
			fmt.Fprintln(os.Stderr, err)
		}
		return false
	}
	for _, n := range in.Nodes {
		legacyscheme.Scheme.Default(n)
		var internal core.Node
		check(corev1.Convert_v1_Node_To_core_Node(n.DeepCopy(), &internal, nil))
		if errs := validation.ValidateNode(&internal); len(errs) > 0 {
			if *debug {
				fmt.Fprintln(os.Stderr, errs.ToAggregate())
			}
			return false
		}
	}
	return true
}

// rollout is a Deployment in the middle of a rolling update on equal nodes: pods that differ only in their hash.
func rollout(r *R) *input {
	in := &input{}
	zones := r.P(0.5)
	cpu, memory := gen.Of(r, "2", "4", "8"), gen.Of(r, "8Gi", "16Gi")
	for i := r.Between(2, 5); i > 0; i-- {
		name := fmt.Sprintf("n%d", len(in.Nodes))
		n := &v1.Node{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{hostname: name}}}
		if zones {
			n.Labels[zone] = fmt.Sprintf("z%d", len(in.Nodes)%3)
		}
		n.Status.Allocatable = v1.ResourceList{v1.ResourceCPU: q(cpu), v1.ResourceMemory: q(memory), v1.ResourcePods: q("110"), v1.ResourceEphemeralStorage: q("100Gi")}
		n.Status.Capacity = n.Status.Allocatable.DeepCopy()
		in.Nodes = append(in.Nodes, n)
	}
	s := v1.PodSpec{Containers: []v1.Container{{Name: "c", Image: images[0], Resources: v1.ResourceRequirements{Requests: v1.ResourceList{}}}}}
	if r.P(0.8) {
		s.Containers[0].Resources.Requests[v1.ResourceCPU] = q(gen.Of(r, "100m", "250m", "500m"))
	}
	if r.P(0.8) {
		s.Containers[0].Resources.Requests[v1.ResourceMemory] = q(gen.Of(r, "64Mi", "256Mi", "1Gi"))
	}
	made := func(name, hash string) *v1.Pod {
		p := pod(name, map[string]string{"app": "web", "pod-template-hash": hash}, *s.DeepCopy())
		p.OwnerReferences = []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: "rs-" + hash, UID: types.UID("uid-" + hash), Controller: ptr.To(true)}}
		return p
	}
	for _, hash := range []string{"old", "new"} {
		sel := map[string]string{"app": "web", "pod-template-hash": hash}
		in.ReplicaSets = append(in.ReplicaSets, &appsv1.ReplicaSet{ObjectMeta: metav1.ObjectMeta{Name: "rs-" + hash, Namespace: "default"}, Spec: appsv1.ReplicaSetSpec{Selector: &metav1.LabelSelector{MatchLabels: sel}, Template: v1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: sel}}}})
	}
	in.Pod = made("incoming", "new")
	in.Pods = []*v1.Pod{}
	for i := r.Between(1, 8); i > 0; i-- {
		p := made(fmt.Sprintf("p%d", len(in.Pods)), gen.Of(r, "old", "old", "new"))
		p.Spec.NodeName = in.Nodes[r.Intn(len(in.Nodes))].Name
		in.Pods = append(in.Pods, p)
	}
	return in
}

type step struct {
	Feasible []string `json:"feasible"`
	Best     []string `json:"best"`
	On       string   `json:"on,omitempty"`
}

// sequence places the replicas of one new ReplicaSet one after the other, each on the first of its best nodes.
func (o *oracle) sequence(in *input, replicas int) []step {
	var steps []step
	o.load(in)
	defer func() { o.unload(in) }()
	for i := 0; i < replicas; i++ {
		in.Pod.Name = fmt.Sprintf("replica-%d", i)
		in.Pod.UID = types.UID("uid-" + in.Pod.Name)
		out := o.run(in)
		sort.Strings(out.Best)
		next := step{Feasible: out.Feasible, Best: out.Best}
		if len(out.Best) > 0 {
			next.On = out.Best[0]
			p := in.Pod.DeepCopy()
			p.Spec.NodeName = next.On
			check(o.sched.Cache.AddPod(o.log, p))
			in.Pods = append(in.Pods, p)
			check(o.sched.Cache.UpdateSnapshot(o.log, o.snapshot))
		}
		steps = append(steps, next)
	}
	return steps
}

func drawSequence(r *R) *input {
	in := &input{}
	equal := r.P(0.5)
	first := node(r, 0)
	for i := r.Between(2, 5); i > 0; i-- {
		n := node(r, len(in.Nodes))
		if equal {
			labels := n.Labels
			n.Spec, n.Status = first.Spec, *first.Status.DeepCopy()
			n.Labels = map[string]string{}
			for k, v := range first.Labels {
				n.Labels[k] = v
			}
			if z, ok := labels[zone]; ok {
				n.Labels[zone] = z
			}
		}
		n.Labels[hostname] = n.Name
		in.Nodes = append(in.Nodes, n)
	}
	l := map[string]string{"app": "web", "pod-template-hash": "aaa"}
	in.Pod = pod("incoming", l, spec(r, l, gen.Of(r, 0, 0.3, 0.5), true))
	in.Pod.OwnerReferences = []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: "rs", UID: "uid-rs", Controller: ptr.To(true)}}
	in.ReplicaSets = []*appsv1.ReplicaSet{{ObjectMeta: metav1.ObjectMeta{Name: "rs", Namespace: "default"}, Spec: appsv1.ReplicaSetSpec{Selector: &metav1.LabelSelector{MatchLabels: l}, Template: v1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: l}}}}}
	in.Pods = []*v1.Pod{}
	return in
}

func draw(family string, seed int64) *input {
	r := gen.New(seed)
	if family == "profiles" {
		family = []string{"general", "soft", "own", "rollout"}[seed%4]
	}
	if family == "sequence" {
		return drawSequence(r)
	}
	if family == "rollout" {
		return rollout(r)
	}
	in := &input{}
	for i := r.Between(2, 8); i > 0; i-- {
		in.Nodes = append(in.Nodes, node(r, len(in.Nodes)))
	}
	l := labels(r)
	density := 1.0
	if family == "own" || (family == "general" && r.P(0.5)) {
		density = 0.5
	}
	s := spec(r, l, density, true)
	in.Pod = pod("incoming", l, s)
	own := func(p *v1.Pod) {
		p.OwnerReferences = []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: "rs", UID: "uid-rs", Controller: ptr.To(true)}}
	}
	on := func() string { return in.Nodes[r.Intn(len(in.Nodes))].Name }
	switch family {
	case "own":
		own(in.Pod)
		sel := map[string]string{"app": l["app"], "pod-template-hash": l["pod-template-hash"]}
		in.ReplicaSets = []*appsv1.ReplicaSet{{ObjectMeta: metav1.ObjectMeta{Name: "rs", Namespace: "default"}, Spec: appsv1.ReplicaSetSpec{Selector: &metav1.LabelSelector{MatchLabels: sel}, Template: v1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: l}}}}}
		in.Pods = []*v1.Pod{}
		for i := gen.Of(r, 0, 0, 1, 2, 3, 5, 8); i > 0; i-- {
			p := pod(fmt.Sprintf("p%d", len(in.Pods)), l, *s.DeepCopy())
			own(p)
			p.Spec.NodeName = on()
			in.Pods = append(in.Pods, p)
		}
	case "empty":
		in.Pods = []*v1.Pod{}
	default:
		if r.P(0.4) {
			own(in.Pod)
			sel := map[string]string{"app": l["app"]}
			in.ReplicaSets = []*appsv1.ReplicaSet{{ObjectMeta: metav1.ObjectMeta{Name: "rs", Namespace: "default"}, Spec: appsv1.ReplicaSetSpec{Selector: &metav1.LabelSelector{MatchLabels: sel}, Template: v1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: l}}}}}
		}
		if r.P(0.3) {
			in.Services = []*v1.Service{{ObjectMeta: metav1.ObjectMeta{Name: "svc", Namespace: "default"}, Spec: v1.ServiceSpec{Selector: map[string]string{"app": l["app"]}}}}
		}
		for i := r.Between(0, 20); i > 0; i-- {
			pl := labels(r)
			p := pod(fmt.Sprintf("p%d", len(in.Pods)), pl, spec(r, pl, 0.6, false))
			p.Spec.NodeName = on()
			if r.P(0.1) {
				p.Namespace = "other"
			}
			if r.P(0.08) {
				p.DeletionTimestamp = &metav1.Time{Time: time.Unix(1e9, 0).UTC()}
				p.DeletionGracePeriodSeconds = ptr.To(int64(30))
			}
			in.Pods = append(in.Pods, p)
		}
	}
	if family == "soft" {
		soften(r, in)
	}
	return in
}

var check, q = gen.Check, gen.Q

var debug = flag.Bool("debug", false, "say why vectors are dropped")

func main() {
	family := flag.String("family", "general", "general, soft, own, empty, rollout, sequence, requests, or profiles: the first four, each eight under a profile of their own")
	count := flag.Int("n", 100, "vectors")
	seed := flag.Int64("seed", 1, "first seed")
	bench := flag.Bool("bench", false, "time one placement on a large cluster")
	klog.InitFlags(nil)
	flag.Set("logtostderr", "false")
	flag.Set("alsologtostderr", "false")
	flag.Set("stderrthreshold", "FATAL")
	flag.Parse()
	klog.SetOutput(io.Discard)
	o, profile := newOracle(nil)
	if *bench {
		o.bench()
		return
	}
	if *family == "requests" {
		requested(*seed, *count)
		return
	}
	w := gen.NewWriter(os.Stdout)
	defer w.Close()
	dropped := 0
	for made := 0; made < *count; *seed++ {
		if *family == "profiles" && *seed%8 == 0 || profile == nil && *family == "profiles" {
			o, profile = newOracle(gen.New(*seed + 1<<40))
		}
		in := draw(*family, *seed)
		if !valid(in) {
			dropped++
			continue
		}
		if *family == "sequence" {
			given := *in
			given.Pod = in.Pod.DeepCopy()
			w.Put(gen.Vector{Kind: "placing", Seed: *seed, Family: *family, Input: &given, Output: o.sequence(in, 2+int(*seed)%7)})
			made++
			continue
		}
		in.Profile = profile
		o.load(in)
		out := o.run(in)
		o.unload(in)
		w.Put(gen.Vector{Kind: "scheduler", Seed: *seed, Family: *family, Input: in, Output: out})
		made++
	}
	fmt.Fprintln(os.Stderr, *family, *count, "vectors,", dropped, "draws dropped as invalid")
}

// requested says what a pod counts for on its node: in the filter, and in the scores once it is there.
func requested(seed int64, count int) {
	w := gen.NewWriter(os.Stdout)
	defer w.Close()
	for made := 0; made < count; seed++ {
		r := gen.New(seed)
		l := labels(r)
		in := &input{Pod: pod("incoming", l, spec(r, l, 0, true))}
		s := spec(r, l, 3, true)
		in.Pod.Spec.Containers, in.Pod.Spec.InitContainers, in.Pod.Spec.Overhead, in.Pod.Spec.RuntimeClassName = s.Containers, s.InitContainers, s.Overhead, s.RuntimeClassName
		for i := range in.Pod.Spec.Containers {
			in.Pod.Spec.Containers[i].Ports = nil
		}
		if r.P(0.4) {
			rr := requests(r, 0.6)
			for _, list := range []v1.ResourceList{rr.Requests, rr.Limits} {
				delete(list, v1.ResourceEphemeralStorage)
				delete(list, "example.com/gpu")
			}
			in.Pod.Spec.Resources = &rr
		}
		if !valid(in) {
			continue
		}
		n := framework.NewNodeInfo(in.Pod)
		row := func(x *framework.Resource) map[string]int64 {
			m := map[string]int64{"cpu": x.MilliCPU, "memory": x.Memory, "ephemeral-storage": x.EphemeralStorage}
			for k, v := range x.ScalarResources {
				m[string(k)] = v
			}
			return m
		}
		w.Put(gen.Vector{Kind: "requests", Seed: seed, Input: in.Pod, Output: map[string]any{"requested": row(n.Requested), "nonZeroRequested": row(n.NonZeroRequested)}})
		made++
	}
}

func (o *oracle) bench() {
	in := &input{}
	r := gen.New(7)
	for i := 0; i < 1000; i++ {
		n := node(r, i)
		n.Spec = v1.NodeSpec{}
		n.Labels[hostname] = n.Name
		n.Labels[zone] = fmt.Sprintf("z%d", i%3)
		n.Status.Allocatable[v1.ResourceCPU] = q("16")
		n.Status.Allocatable[v1.ResourceMemory] = q("64Gi")
		n.Status.Allocatable[v1.ResourcePods] = q("110")
		in.Nodes = append(in.Nodes, n)
	}
	plain := func(name, app string) *v1.Pod {
		return pod(name, map[string]string{"app": app}, v1.PodSpec{Containers: []v1.Container{{Name: "c", Image: images[0], Resources: v1.ResourceRequirements{Requests: v1.ResourceList{v1.ResourceCPU: q("500m"), v1.ResourceMemory: q("512Mi")}}}}})
	}
	for i := 0; i < 5000; i++ {
		p := plain(fmt.Sprintf("p%d", i), gen.Of(r, "web", "db", "cache"))
		p.Spec.NodeName = fmt.Sprintf("n%d", r.Intn(1000))
		in.Pods = append(in.Pods, p)
	}
	o.load(in)
	spread, anti := plain("spread", "web"), plain("anti", "web")
	sel := &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}
	spread.Spec.TopologySpreadConstraints = []v1.TopologySpreadConstraint{{MaxSkew: 5, TopologyKey: zone, WhenUnsatisfiable: v1.DoNotSchedule, LabelSelector: sel}, {MaxSkew: 1, TopologyKey: hostname, WhenUnsatisfiable: v1.ScheduleAnyway, LabelSelector: sel}}
	anti.Spec.Affinity = &v1.Affinity{PodAntiAffinity: &v1.PodAntiAffinity{RequiredDuringSchedulingIgnoredDuringExecution: []v1.PodAffinityTerm{{TopologyKey: hostname, LabelSelector: sel}}}}
	for _, p := range []*v1.Pod{plain("plain", "web"), spread, anti} {
		legacyscheme.Scheme.Default(p)
		info, err := framework.NewPodInfo(p)
		check(err)
		var times []float64
		var last scheduler.ScheduleResult
		for k := 0; k < 30; k++ {
			start := time.Now()
			last, err = o.sched.SchedulePod(o.ctx, o.fw, framework.NewCycleState(), &framework.QueuedPodInfo{PodInfo: info})
			times = append(times, time.Since(start).Seconds()*1e3)
			check(err)
		}
		sort.Float64s(times)
		fmt.Printf("%s: median %.2f ms, min %.2f, max %.2f; evaluated %d feasible %d\n", p.Name, times[15], times[0], times[29], last.EvaluatedNodes, last.FeasibleNodes)
		infos, _ := o.snapshot.NodeInfos().List()
		times = nil
		for k := 0; k < 10; k++ {
			start := time.Now()
			state := framework.NewCycleState()
			o.fw.RunPreFilterPlugins(o.ctx, state, p)
			var feasible []fwk.NodeInfo
			for _, i := range infos {
				if o.fw.RunFilterPlugins(o.ctx, state, p, i).IsSuccess() {
					feasible = append(feasible, i)
				}
			}
			o.fw.RunPreScorePlugins(o.ctx, state, p, feasible)
			o.fw.RunScorePlugins(o.ctx, state, p, feasible)
			times = append(times, time.Since(start).Seconds()*1e3)
		}
		sort.Float64s(times)
		fmt.Printf("  all nodes, filters one after the other: median %.2f ms\n", times[5])
	}
}
