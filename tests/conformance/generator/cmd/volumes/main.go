// volumes: what the real scheduler's volume filters say of random claims, volumes and classes on small clusters.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"sort"
	"time"

	v1 "k8s.io/api/core/v1"
	storage "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/tools/events"
	"k8s.io/klog/v2"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler"
	"k8s.io/kubernetes/pkg/scheduler/apis/config/latest"
	internalcache "k8s.io/kubernetes/pkg/scheduler/backend/cache"
	"k8s.io/kubernetes/pkg/scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/profile"
	"k8s.io/utils/ptr"

	"planecheck.dev/generator/gen"
)

type R = gen.R

const hostname, zone, region = "kubernetes.io/hostname", "topology.kubernetes.io/zone", "topology.kubernetes.io/region"
const driver = "disk.example.com"

type input struct {
	Nodes    []*v1.Node                  `json:"nodes"`
	CSINodes []*storage.CSINode          `json:"csiNodes,omitempty"`
	Classes  []*storage.StorageClass     `json:"storageClasses"`
	Volumes  []*v1.PersistentVolume      `json:"persistentVolumes"`
	Claims   []*v1.PersistentVolumeClaim `json:"claims"`
	Pods     []*v1.Pod                   `json:"pods"`
	Pod      *v1.Pod                     `json:"pod"`
}

type verdict = gen.Verdict

type output struct {
	PreFilter *verdict                      `json:"preFilter,omitempty"`
	Nodes     map[string]verdict            `json:"nodes"`
	ByPlugin  map[string]map[string]verdict `json:"byPlugin"` // node: plugin: only those that do not pass
}

var check, q = gen.Check, gen.Q

func draw(seed int64) *input {
	r := gen.New(seed)
	in := &input{Pods: []*v1.Pod{}, Volumes: []*v1.PersistentVolume{}, Claims: []*v1.PersistentVolumeClaim{}}
	for i := r.Between(2, 4); i > 0; i-- {
		name := fmt.Sprintf("n%d", len(in.Nodes))
		n := &v1.Node{ObjectMeta: metav1.ObjectMeta{Name: name, UID: types.UID("uid-" + name), Labels: map[string]string{hostname: name, zone: gen.Of(r, "z1", "z2"), region: "r1"}}}
		if r.P(0.05) {
			delete(n.Labels, zone)
			delete(n.Labels, region)
		}
		n.Status.Allocatable = v1.ResourceList{v1.ResourceCPU: q("8"), v1.ResourceMemory: q("16Gi"), v1.ResourcePods: q("110")}
		n.Status.Capacity = n.Status.Allocatable.DeepCopy()
		in.Nodes = append(in.Nodes, n)
		if r.P(0.8) {
			c := &storage.CSINode{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: storage.CSINodeSpec{Drivers: []storage.CSINodeDriver{}}}
			if r.P(0.9) {
				d := storage.CSINodeDriver{Name: driver, NodeID: name}
				if r.P(0.6) {
					d.Allocatable = &storage.VolumeNodeResources{Count: ptr.To(int32(gen.Of(r, 0, 1, 1, 2, 3)))}
				}
				c.Spec.Drivers = append(c.Spec.Drivers, d)
			}
			in.CSINodes = append(in.CSINodes, c)
		}
	}
	class := func(name, provisioner string, mode storage.VolumeBindingMode) *storage.StorageClass {
		return &storage.StorageClass{ObjectMeta: metav1.ObjectMeta{Name: name}, Provisioner: provisioner, VolumeBindingMode: &mode, ReclaimPolicy: ptr.To(v1.PersistentVolumeReclaimDelete)}
	}
	in.Classes = []*storage.StorageClass{class("now", driver, storage.VolumeBindingImmediate), class("late", driver, storage.VolumeBindingWaitForFirstConsumer), class("local", "kubernetes.io/no-provisioner", storage.VolumeBindingWaitForFirstConsumer)}
	zoned := class("zoned", driver, storage.VolumeBindingWaitForFirstConsumer)
	zoned.AllowedTopologies = []v1.TopologySelectorTerm{{MatchLabelExpressions: []v1.TopologySelectorLabelRequirement{{Key: zone, Values: gen.Of(r, []string{"z1"}, []string{"z2"}, []string{"z1", "z3"})}}}}
	in.Classes = append(in.Classes, zoned)
	affinity := func(key string, values ...string) *v1.VolumeNodeAffinity {
		return &v1.VolumeNodeAffinity{Required: &v1.NodeSelector{NodeSelectorTerms: []v1.NodeSelectorTerm{{MatchExpressions: []v1.NodeSelectorRequirement{{Key: key, Operator: v1.NodeSelectorOpIn, Values: values}}}}}}
	}
	volume := func(class string, mode v1.PersistentVolumeAccessMode) *v1.PersistentVolume {
		name := fmt.Sprintf("v%d", len(in.Volumes))
		v := &v1.PersistentVolume{ObjectMeta: metav1.ObjectMeta{Name: name, UID: types.UID("uid-" + name), Labels: map[string]string{}}, Spec: v1.PersistentVolumeSpec{StorageClassName: class, AccessModes: []v1.PersistentVolumeAccessMode{mode}, Capacity: v1.ResourceList{v1.ResourceStorage: q(gen.Of(r, "1Gi", "5Gi", "10Gi"))}, VolumeMode: ptr.To(v1.PersistentVolumeFilesystem), PersistentVolumeReclaimPolicy: v1.PersistentVolumeReclaimRetain}, Status: v1.PersistentVolumeStatus{Phase: v1.VolumeAvailable}}
		if class == "local" {
			v.Spec.Local = &v1.LocalVolumeSource{Path: "/disk"}
			v.Spec.NodeAffinity = affinity(hostname, in.Nodes[r.Intn(len(in.Nodes))].Name)
		} else {
			v.Spec.CSI = &v1.CSIPersistentVolumeSource{Driver: driver, VolumeHandle: "h-" + name}
			switch r.Intn(5) {
			case 0, 1:
				v.Spec.NodeAffinity = affinity(zone, gen.Of(r, "z1", "z2"))
			case 2:
				v.Labels[zone] = gen.Of(r, "z1", "z2", "z1__z2")
			case 3:
				if r.P(0.3) {
					v.Labels[region] = gen.Of(r, "r1", "r2")
				}
			}
		}
		in.Volumes = append(in.Volumes, v)
		return v
	}
	claim := func() *v1.PersistentVolumeClaim {
		name := fmt.Sprintf("c%d", len(in.Claims))
		cl := gen.Of(r, "now", "late", "late", "local", "local", "zoned", "", "none")
		mode := gen.Of(r, v1.ReadWriteOnce, v1.ReadWriteOnce, v1.ReadWriteOncePod, v1.ReadWriteMany)
		c := &v1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "default", UID: types.UID("uid-" + name), Annotations: map[string]string{}}, Spec: v1.PersistentVolumeClaimSpec{StorageClassName: &cl, AccessModes: []v1.PersistentVolumeAccessMode{mode}, VolumeMode: ptr.To(v1.PersistentVolumeFilesystem), Resources: v1.VolumeResourceRequirements{Requests: v1.ResourceList{v1.ResourceStorage: q(gen.Of(r, "1Gi", "2Gi", "6Gi"))}}}, Status: v1.PersistentVolumeClaimStatus{Phase: v1.ClaimPending}}
		in.Claims = append(in.Claims, c)
		immediate := cl == "now" || cl == "" || cl == "none"
		if r.P(0.4) || immediate && !r.P(0.12) { // bound
			v := volume(cl, mode)
			v.Spec.ClaimRef = &v1.ObjectReference{Kind: "PersistentVolumeClaim", Namespace: "default", Name: name, UID: c.UID}
			v.Status.Phase = v1.VolumeBound
			c.Spec.VolumeName = v.Name
			c.Status.Phase = v1.ClaimBound
			if !r.P(0.08) {
				c.Annotations["pv.kubernetes.io/bind-completed"] = "yes"
			}
			if r.P(0.04) {
				c.Spec.VolumeName = "absent"
			}
		} else {
			for k := r.Intn(3); k > 0; k-- {
				v := volume(gen.Of(r, cl, cl, "local"), gen.Of(r, mode, mode, v1.ReadWriteOnce))
				if r.P(0.12) {
					v.Spec.ClaimRef = &v1.ObjectReference{Kind: "PersistentVolumeClaim", Namespace: "default", Name: gen.Of(r, name, "other")}
				}
				if r.P(0.08) {
					v.Status.Phase = gen.Of(r, v1.VolumeReleased, v1.VolumeFailed, v1.VolumePending)
				}
			}
			if cl == "late" && r.P(0.1) {
				c.Annotations["volume.kubernetes.io/selected-node"] = in.Nodes[r.Intn(len(in.Nodes))].Name
			}
		}
		if r.P(0.04) {
			c.DeletionTimestamp = &metav1.Time{Time: time.Unix(2_000_000_000, 0).UTC()}
			c.Finalizers = []string{"kubernetes.io/pvc-protection"}
		}
		return c
	}
	uses := func(p *v1.Pod, claims ...string) {
		for _, c := range claims {
			p.Spec.Volumes = append(p.Spec.Volumes, v1.Volume{Name: fmt.Sprintf("v%d", len(p.Spec.Volumes)), VolumeSource: v1.VolumeSource{PersistentVolumeClaim: &v1.PersistentVolumeClaimVolumeSource{ClaimName: c}}})
		}
		if r.P(0.12) {
			p.Spec.Volumes = append(p.Spec.Volumes, v1.Volume{Name: "gce", VolumeSource: v1.VolumeSource{GCEPersistentDisk: &v1.GCEPersistentDiskVolumeSource{PDName: gen.Of(r, "d1", "d2"), ReadOnly: r.P(0.4)}}})
		}
		if r.P(0.08) {
			p.Spec.Volumes = append(p.Spec.Volumes, v1.Volume{Name: "iscsi", VolumeSource: v1.VolumeSource{ISCSI: &v1.ISCSIVolumeSource{TargetPortal: "10.0.0.1:3260", IQN: "iqn.a", Lun: int32(r.Intn(2)), ReadOnly: r.P(0.4)}}})
		}
	}
	pod := func(name string) *v1.Pod {
		return &v1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "default", UID: types.UID("uid-" + name)}, Spec: v1.PodSpec{SchedulerName: "default-scheduler", RestartPolicy: v1.RestartPolicyAlways, Containers: []v1.Container{{Name: "c", Image: "img"}}}}
	}
	in.Pod = pod("incoming")
	names := []string{}
	for k := gen.Of(r, 1, 1, 1, 2, 2, 3); k > 0; k-- {
		names = append(names, claim().Name)
	}
	if r.P(0.04) {
		names = append(names, "absent")
	}
	uses(in.Pod, names...)
	if r.P(0.08) {
		in.Pod.Spec.Volumes = append(in.Pod.Spec.Volumes, v1.Volume{Name: "eph", VolumeSource: v1.VolumeSource{Ephemeral: &v1.EphemeralVolumeSource{VolumeClaimTemplate: &v1.PersistentVolumeClaimTemplate{Spec: v1.PersistentVolumeClaimSpec{AccessModes: []v1.PersistentVolumeAccessMode{v1.ReadWriteOnce}, Resources: v1.VolumeResourceRequirements{Requests: v1.ResourceList{v1.ResourceStorage: q("1Gi")}}}}}}})
		if r.P(0.6) { // made by the ephemeral volume controller, or by somebody else
			c := claim()
			c.Name = "incoming-eph"
			for _, v := range in.Volumes {
				if v.Spec.ClaimRef != nil && v.Spec.ClaimRef.UID == c.UID {
					v.Spec.ClaimRef.Name = c.Name
				}
			}
			if r.P(0.7) {
				c.OwnerReferences = []metav1.OwnerReference{*metav1.NewControllerRef(in.Pod, v1.SchemeGroupVersion.WithKind("Pod"))}
			}
		}
	}
	for k := r.Intn(5); k > 0; k-- {
		p := pod(fmt.Sprintf("p%d", len(in.Pods)))
		p.Spec.NodeName = in.Nodes[r.Intn(len(in.Nodes))].Name
		p.Status.Phase = v1.PodRunning
		if r.P(0.35) {
			uses(p, names[r.Intn(len(names))])
		} else {
			uses(p, claim().Name)
		}
		in.Pods = append(in.Pods, p)
	}
	return in
}

func run(in *input) *output {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var objects []runtime.Object
	for _, o := range in.Nodes {
		objects = append(objects, o)
	}
	for _, o := range in.CSINodes {
		objects = append(objects, o)
	}
	for _, o := range in.Classes {
		objects = append(objects, o)
	}
	for _, o := range in.Volumes {
		objects = append(objects, o)
	}
	for _, o := range in.Claims {
		objects = append(objects, o)
	}
	for _, o := range in.Pods {
		objects = append(objects, o)
	}
	objects = append(objects, in.Pod, &storage.CSIDriver{ObjectMeta: metav1.ObjectMeta{Name: driver}, Spec: storage.CSIDriverSpec{StorageCapacity: ptr.To(false)}})
	client := fake.NewSimpleClientset(objects...)
	factory := scheduler.NewInformerFactory(client, 0)
	s, err := scheduler.New(ctx, client, factory, nil, profile.NewRecorderFactory(events.NewBroadcaster(&events.EventSinkImpl{Interface: client.EventsV1()})))
	check(err)
	fw := s.Profiles["default-scheduler"]
	cfg, err := latest.Default()
	check(err)
	filters := gen.Filters(ctx, cfg.Profiles[0], fw, "VolumeRestrictions", "NodeVolumeLimits", "VolumeBinding", "VolumeZone")
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	check(s.WaitForHandlersSync(ctx))
	time.Sleep(3 * time.Millisecond) // the assume caches of the second set of plugins
	snapshot := fw.SnapshotSharedLister().(*internalcache.Snapshot)
	for k := 0; ; k++ {
		check(s.Cache.UpdateSnapshot(klog.Background(), snapshot))
		infos, err := snapshot.NodeInfos().List()
		check(err)
		pods := 0
		for _, i := range infos {
			pods += len(i.GetPods())
		}
		if len(infos) == len(in.Nodes) && pods == len(in.Pods) {
			break
		}
		if k > 1000 {
			panic("the cache does not fill")
		}
		time.Sleep(time.Millisecond)
	}
	infos, err := snapshot.NodeInfos().List()
	check(err)
	sort.Slice(infos, func(i, j int) bool { return infos[i].Node().Name < infos[j].Node().Name })
	out := &output{Nodes: map[string]verdict{}, ByPlugin: map[string]map[string]verdict{}}
	for _, i := range infos {
		out.ByPlugin[i.Node().Name] = map[string]verdict{}
	}
	for _, p := range filters {
		state := framework.NewCycleState()
		var only *fwk.PreFilterResult
		var all *verdict
		if pre, ok := p.(fwk.PreFilterPlugin); ok {
			res, st := pre.PreFilter(ctx, state, in.Pod, infos)
			if st.IsSkip() {
				continue
			}
			only = res
			if !st.IsSuccess() {
				v := gen.Said(st)
				v.Code = "PreFilter " + v.Code
				all = &v
			}
		}
		for _, i := range infos {
			name := i.Node().Name
			switch {
			case all != nil:
				out.ByPlugin[name][p.Name()] = *all
			case !only.AllNodes() && !only.NodeNames.Has(name):
				out.ByPlugin[name][p.Name()] = verdict{Code: "PreFilter excluded"}
			default:
				if st := p.Filter(ctx, state, in.Pod, i); !st.IsSuccess() {
					out.ByPlugin[name][p.Name()] = gen.Said(st)
				}
			}
		}
	}
	state := framework.NewCycleState()
	res, st, _ := fw.RunPreFilterPlugins(ctx, state, in.Pod)
	if !st.IsSuccess() {
		out.PreFilter = ptr.To(gen.Said(st))
	}
	for _, i := range infos {
		name := i.Node().Name
		switch {
		case out.PreFilter != nil:
			out.Nodes[name] = *out.PreFilter
		case !res.AllNodes() && !res.NodeNames.Has(name):
			out.Nodes[name] = verdict{Code: "UnschedulableAndUnresolvable", Plugin: "PreFilterResult"}
		default:
			out.Nodes[name] = gen.Said(fw.RunFilterPlugins(ctx, state, in.Pod, i))
		}
	}
	return out
}

func main() {
	count := flag.Int("n", 100, "vectors")
	seed := flag.Int64("seed", 1, "first seed")
	flag.Parse()
	gen.Quiet()
	w := gen.NewWriter(os.Stdout)
	defer w.Close()
	for i := 0; i < *count; i++ {
		in := draw(*seed + int64(i))
		w.Put(gen.Vector{Kind: "volumes", Seed: *seed + int64(i), Input: in, Output: run(in)})
	}
}
