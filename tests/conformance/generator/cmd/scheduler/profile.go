package main

import (
	v1 "k8s.io/api/core/v1"
	"k8s.io/kubernetes/pkg/scheduler/apis/config"

	"planecheck.dev/generator/gen"
)

// M is an object as JSON has it.
type M = map[string]any

// configure changes the arguments and the weights of the default profile at random, and says how as manifests do.
func configure(r *R, cfg *config.KubeSchedulerConfiguration) any {
	var list []M
	res := func() ([]config.ResourceSpec, []M) {
		var a []config.ResourceSpec
		var b []M
		for _, n := range []string{"cpu", "memory", "ephemeral-storage", "example.com/gpu"} {
			if r.P(0.65) {
				w := int64(r.Between(1, 5))
				a = append(a, config.ResourceSpec{Name: n, Weight: w})
				b = append(b, M{"name": n, "weight": w})
			}
		}
		if a == nil {
			a, b = []config.ResourceSpec{{Name: "cpu", Weight: 1}}, []M{{"name": "cpu", "weight": 1}}
		}
		return a, b
	}
	for i := range cfg.Profiles[0].PluginConfig {
		switch args := cfg.Profiles[0].PluginConfig[i].Args.(type) {
		case *config.NodeResourcesFitArgs:
			a, b := res()
			st := &config.ScoringStrategy{Type: gen.Of(r, config.LeastAllocated, config.MostAllocated, config.RequestedToCapacityRatio, config.RequestedToCapacityRatio), Resources: a}
			told := M{"type": string(st.Type), "resources": b}
			if st.Type == config.RequestedToCapacityRatio {
				var pts []config.UtilizationShapePoint
				var tp []M
				u := 0
				for k := r.Between(1, 4); k > 0 && u <= 100; k-- {
					u += r.Between(0, 40)
					if len(pts) > 0 && u == int(pts[len(pts)-1].Utilization) {
						u++
					}
					if u > 100 {
						break
					}
					sc := int32(r.Between(0, 10))
					pts = append(pts, config.UtilizationShapePoint{Utilization: int32(u), Score: sc})
					tp = append(tp, M{"utilization": u, "score": sc})
				}
				st.RequestedToCapacityRatio = &config.RequestedToCapacityRatioParam{Shape: pts}
				told["requestedToCapacityRatio"] = M{"shape": tp}
			}
			args.ScoringStrategy = st
			m := M{"scoringStrategy": told}
			if r.P(0.3) {
				args.IgnoredResources = []string{"example.com/gpu"}
				m["ignoredResources"] = args.IgnoredResources
			} else if r.P(0.3) {
				args.IgnoredResourceGroups = []string{"example.com"}
				m["ignoredResourceGroups"] = args.IgnoredResourceGroups
			}
			list = append(list, M{"name": "NodeResourcesFit", "args": m})
		case *config.NodeResourcesBalancedAllocationArgs:
			a, b := res()
			for k := range a {
				a[k].Weight, b[k]["weight"] = 1, 1
			}
			args.Resources = a
			list = append(list, M{"name": "NodeResourcesBalancedAllocation", "args": M{"resources": b}})
		case *config.NodeAffinityArgs:
			if r.P(0.6) {
				args.AddedAffinity = &v1.NodeAffinity{}
				if r.P(0.5) {
					args.AddedAffinity.RequiredDuringSchedulingIgnoredDuringExecution = &v1.NodeSelector{NodeSelectorTerms: []v1.NodeSelectorTerm{nodeTerm(r), nodeTerm(r)}}
				}
				if r.P(0.7) {
					args.AddedAffinity.PreferredDuringSchedulingIgnoredDuringExecution = []v1.PreferredSchedulingTerm{{Weight: int32(r.Between(1, 100)), Preference: nodeTerm(r)}}
				}
				list = append(list, M{"name": "NodeAffinity", "args": M{"addedAffinity": args.AddedAffinity}})
			}
		case *config.InterPodAffinityArgs:
			args.HardPodAffinityWeight = int32(gen.Of(r, 0, 1, 5, 100))
			args.IgnorePreferredTermsOfExistingPods = r.P(0.3)
			list = append(list, M{"name": "InterPodAffinity", "args": M{"hardPodAffinityWeight": args.HardPodAffinityWeight, "ignorePreferredTermsOfExistingPods": args.IgnorePreferredTermsOfExistingPods}})
		case *config.PodTopologySpreadArgs:
			if r.P(0.6) {
				args.DefaultingType = config.ListDefaulting
				args.DefaultConstraints = nil
				if r.P(0.5) {
					args.DefaultConstraints = append(args.DefaultConstraints, v1.TopologySpreadConstraint{MaxSkew: int32(r.Between(1, 3)), TopologyKey: gen.Of(r, hostname, zone), WhenUnsatisfiable: v1.DoNotSchedule})
				}
				if r.P(0.7) {
					args.DefaultConstraints = append(args.DefaultConstraints, v1.TopologySpreadConstraint{MaxSkew: int32(r.Between(1, 3)), TopologyKey: gen.Of(r, hostname, zone), WhenUnsatisfiable: v1.ScheduleAnyway})
				}
				m := M{"defaultingType": "List"}
				if args.DefaultConstraints != nil {
					m["defaultConstraints"] = args.DefaultConstraints
				}
				list = append(list, M{"name": "PodTopologySpread", "args": m})
			}
		}
	}
	told := M{"schedulerName": "default-scheduler", "pluginConfig": list}
	if r.P(0.6) {
		var en []M
		for i, p := range cfg.Profiles[0].Plugins.MultiPoint.Enabled {
			if p.Weight != 0 && r.P(0.4) {
				w := int32(r.Between(1, 9))
				cfg.Profiles[0].Plugins.MultiPoint.Enabled[i].Weight = w
				en = append(en, M{"name": p.Name, "weight": w})
			}
		}
		if en != nil {
			told["plugins"] = M{"multiPoint": M{"enabled": en}}
		}
	}
	return told
}
