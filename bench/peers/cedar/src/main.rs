//! Cedar's side of the comparison: the uses of bench/uses.tsv, answered by Cedar's authorizer
//! from policy.cedar, and timed as bench/decision.c times the gate. One line of JSON a figure.
//!
//!     cedar-peer bench/uses.tsv DECISIONS

use std::collections::{BTreeSet, HashSet};
use std::hint::black_box;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid,
    PolicySet, Request, RestrictedExpression,
};

const COLUMNS: usize = 7;

struct Types {
    system: EntityTypeName,
    action: EntityTypeName,
    territory: EntityTypeName,
    purpose: EntityTypeName,
}

struct Use {
    capability: String,
    purpose: String,
    territory: String,
    subject: String,
    warrant: bool,
    now: bool,
    at: i64,
}

fn uid(kind: &EntityTypeName, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(id))
}

/// Seconds since 1970 of the few instants in the list: 2019-12-31T23:59:59Z and the like.
fn seconds(text: &str) -> i64 {
    let n = |from: usize, to: usize| text[from..to].parse::<i64>().expect("an instant");
    let (year, month, day) = (n(0, 4), n(5, 7), n(8, 10));
    // Days from the civil calendar, with the year beginning in March.
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let of_era = y - era * 400;
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
    days * 86400 + n(11, 13) * 3600 + n(14, 16) * 60 + n(17, 19)
}

fn read_uses(path: &str) -> Vec<Use> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_secs() as i64;
    let text = std::fs::read_to_string(path).expect("the list of uses");
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let column: Vec<&str> = line.split('\t').collect();
            assert_eq!(column.len(), COLUMNS, "{line}");
            Use {
                capability: column[0].into(),
                purpose: column[1].into(),
                territory: column[2].into(),
                subject: column[3].into(),
                warrant: column[4] != "-",
                now: column[5] == "now",
                at: if column[5] == "now" { now } else { seconds(column[5]) },
            }
        })
        .collect()
}

fn request(types: &Types, u: &Use) -> Request {
    let context = Context::from_pairs([
        ("purpose".into(), RestrictedExpression::new_entity_uid(uid(&types.purpose, &u.purpose))),
        ("subject".into(), RestrictedExpression::new_string(u.subject.clone())),
        ("warrant".into(), RestrictedExpression::new_bool(u.warrant)),
        ("now".into(), RestrictedExpression::new_long(u.at)),
    ])
    .expect("a context");
    Request::new(
        uid(&types.system, "XR-0001"),
        uid(&types.action, &u.capability),
        uid(&types.territory, &u.territory),
        context,
        None,
    )
    .expect("a request")
}

/// Every label asked about, with the labels that cover it as its parents.
fn entities(types: &Types, uses: &[Use]) -> Entities {
    let mut labels = BTreeSet::new();
    for u in uses {
        for (kind, label) in [
            (&types.action, &u.capability),
            (&types.purpose, &u.purpose),
            (&types.territory, &u.territory),
        ] {
            labels.insert((kind, label.as_str()));
            for (at, _) in label.match_indices('.') {
                labels.insert((kind, &label[..at]));
            }
        }
    }
    let all = labels.into_iter().map(|(kind, label)| {
        let parents: HashSet<EntityUid> =
            label.rsplit_once('.').map(|(parent, _)| uid(kind, parent)).into_iter().collect();
        Entity::new_no_attrs(uid(kind, label), parents)
    });
    Entities::from_entities(all, None).expect("a hierarchy")
}

struct Engine {
    authorizer: Authorizer,
    policies: PolicySet,
    entities: Entities,
}

impl Engine {
    fn allows(&self, request: &Request) -> bool {
        let response = self.authorizer.is_authorized(request, &self.policies, &self.entities);
        response.decision() == Decision::Allow
    }
}

/// The median is of whole passes over the list, so that reading the clock is not in it; the
/// 99th percentile is of single decisions, and it is.
fn measure(name: &str, passes: usize, count: usize, mut decide: impl FnMut(usize) -> bool) {
    let mut allowed = 0;
    for _ in 0..passes / 10 + 1 {
        (0..count).for_each(|i| _ = black_box(decide(i)));
    }
    let mut pass = Vec::with_capacity(passes);
    let began = Instant::now();
    for _ in 0..passes {
        let from = Instant::now();
        allowed += (0..count).filter(|i| decide(*i)).count();
        pass.push(from.elapsed().as_nanos() as f64 / count as f64);
    }
    let took = began.elapsed().as_secs_f64();
    let mut single = Vec::with_capacity(passes * count);
    for _ in 0..passes {
        for i in 0..count {
            let from = Instant::now();
            allowed += usize::from(decide(i));
            single.push(from.elapsed().as_nanos() as f64);
        }
    }
    pass.sort_by(f64::total_cmp);
    single.sort_by(f64::total_cmp);
    println!(
        "{{\"name\": \"{name}\", \"median\": {:.1}, \"p99\": {:.1}, \"rate\": {:.0}, \"allowed\": {allowed}, \"decisions\": {}}}",
        pass[passes / 2],
        single[single.len() - single.len() / 100],
        (passes * count) as f64 / took,
        2 * passes * count,
    );
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    assert_eq!(arguments.len(), 3, "usage: cedar-peer USES DECISIONS");
    let name = |text: &str| text.parse::<EntityTypeName>().expect("a type's name");
    let types = Types {
        system: name("System"),
        action: name("Action"),
        territory: name("Territory"),
        purpose: name("Purpose"),
    };
    let uses = read_uses(&arguments[1]);
    let engine = Engine {
        authorizer: Authorizer::new(),
        policies: include_str!("../policy.cedar").parse().expect("policies"),
        entities: entities(&types, &uses),
    };
    let requests: Vec<Request> = uses.iter().map(|u| request(&types, u)).collect();
    let answers: Vec<&str> = requests
        .iter()
        .map(|r| if engine.allows(r) { "\"allow\"" } else { "\"deny\"" })
        .collect();
    println!("{{\"answers\": [{}]}}", answers.join(", "));
    let timed = uses.iter().take_while(|u| u.now).count();
    let passes = arguments[2].parse::<usize>().expect("a number of decisions") / timed + 1;
    measure("prepared", passes, timed, |i| engine.allows(&requests[i]));
    measure("from-text", passes, timed, |i| engine.allows(&request(&types, &uses[i])));
}
