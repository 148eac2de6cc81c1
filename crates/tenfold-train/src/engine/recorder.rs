//! Recording a tape: model code that reads like a forward pass.
//!
//! The method that records an operation is in the operation's file, see [`crate::ops`].

use std::ops::Range;

use super::operation::{Operation, ParameterGroup};
use super::shape::Shape;
use super::tape::{Node, Parameter, SharedGradient, SharedGroup, Tape, Value};

/// Records a [`Tape`]; each method is one operation and returns its output.
#[derive(Debug, Default)]
pub struct TapeRecorder {
    nodes: Vec<Node>,
    inputs: Vec<Value>,
    /// Groups of parameters; the ranges in `nodes` index this list until the tape is finished.
    groups: Vec<ParameterGroup>,
    initial_statistics: Vec<f32>,
    random_operations: u64,
    flop_per_example: f64,
    /// The prediction that a loss reads; `None` until a loss is recorded.
    output: Option<Value>,
    /// The loss itself.
    loss: Option<Value>,
}

impl TapeRecorder {
    /// Begins a tape whose examples have the size `input`.
    pub fn new(input: Shape) -> (Self, Value) {
        let mut recorder = Self::default();
        let input = recorder.input(input);
        (recorder, input)
    }

    /// One more input of the size `shape`, such as the targets that a loss reads.
    pub fn input(&mut self, shape: Shape) -> Value {
        let value = self.push_node(Node {
            operation: None,
            inputs: Vec::new(),
            shape,
            needs_gradient: false,
            parameters: Vec::new(),
            gradients: Vec::new(),
            statistics: 0..0,
        });
        self.inputs.push(value);
        value
    }

    /// Makes the tape compute the gradient of the first input too. Tests that check gradients need
    /// it, training never does. Call this before anything is recorded.
    pub fn differentiate_input(&mut self) {
        self.nodes[0].needs_gradient = true;
    }

    /// Size of a recorded value.
    pub fn shape(&self, value: Value) -> Shape {
        self.nodes[value.0].shape
    }

    /// Records `operation` on `inputs` (at most [`MOST_INPUTS`](super::operation::MOST_INPUTS)).
    pub fn push(&mut self, operation: impl Operation + 'static, inputs: &[Value]) -> Value {
        self.push_sharing(operation, inputs, &[])
    }

    /// Group `index` of the parameters of the operation that computes `value`, for another
    /// operation to share; `None` where it has fewer.
    pub fn group_of(&self, value: Value, index: usize) -> Option<SharedGroup> {
        self.nodes[value.0].parameters.get(index).map(|group| SharedGroup(group.start))
    }

    /// Parameters in a group.
    pub fn length_of(&self, group: SharedGroup) -> usize {
        self.groups[group.0].length
    }

    /// Like [`Self::push`], for an operation that also reads the groups `shared` of other
    /// operations: they are its first groups, before those of [`Operation::parameters`]. Its
    /// gradient of them is added to that of the operation they belong to.
    pub fn push_sharing(
        &mut self,
        operation: impl Operation + 'static,
        inputs: &[Value],
        shared: &[SharedGroup],
    ) -> Value {
        let parameters = operation.parameters();
        let groups = shared.iter().map(|group| group.0);
        let groups = groups.chain((self.groups.len()..).take(parameters.len()));
        let groups: Vec<Range<usize>> = groups.map(|group| group..group + 1).collect();
        let needs_gradient =
            !groups.is_empty() || inputs.iter().any(|input| self.nodes[input.0].needs_gradient);
        self.groups.extend(parameters);
        let first_statistic = self.initial_statistics.len();
        self.initial_statistics.extend(operation.statistics());
        self.flop_per_example += operation.flop();
        self.push_node(Node {
            shape: operation.shape(),
            operation: Some(Box::new(operation)),
            inputs: inputs.to_vec(),
            needs_gradient,
            parameters: groups,
            gradients: vec![0..0; shared.len()],
            statistics: first_statistic..self.initial_statistics.len(),
        })
    }

    /// Records a loss, and makes the first of `inputs`, a prediction, the output of the model.
    pub fn push_loss(&mut self, loss: impl Operation + 'static, inputs: &[Value]) {
        self.loss = Some(self.push(loss, inputs));
        self.output = inputs.first().copied();
    }

    /// Input `index` of the tape, in the order in which inputs were recorded.
    pub fn input_value(&self, index: usize) -> Option<Value> {
        self.inputs.get(index).copied()
    }

    /// Returns a new index for an operation that draws random numbers; the index is part of its
    /// random key.
    pub(crate) fn next_random_operation(&mut self) -> u64 {
        self.random_operations += 1;
        self.random_operations - 1
    }

    /// Ends the tape. The model's output is the prediction that the loss reads, or the last value
    /// where no loss was recorded.
    pub fn finish(mut self) -> Tape {
        let last = self.loss.unwrap_or(Value(self.nodes.len() - 1));
        leave_out_unread(&mut self.nodes, last);
        let (ranges, parameter_count, decayed) = place(&self.groups);
        let mut shared = Vec::new();
        for node in &mut self.nodes {
            for group in &mut node.parameters {
                *group = ranges[group.start].clone();
            }
            place_gradients(node, parameter_count, &mut shared);
        }
        let parameters = self
            .groups
            .into_iter()
            .zip(ranges)
            .map(|(group, range)| Parameter { initial: group.initial, range });
        Tape {
            output: self.output.unwrap_or(Value(self.nodes.len() - 1)),
            nodes: self.nodes,
            inputs: self.inputs,
            parameters: parameters.collect(),
            parameter_count,
            shared,
            decayed,
            initial_statistics: self.initial_statistics,
            flop_per_example: self.flop_per_example,
        }
    }

    fn push_node(&mut self, node: Node) -> Value {
        self.nodes.push(node);
        Value(self.nodes.len() - 1)
    }
}

/// Marks the nodes on which `last` does not depend: no gradient comes to them.
fn leave_out_unread(nodes: &mut [Node], last: Value) {
    let mut is_read = vec![false; nodes.len()];
    is_read[last.0] = true;
    for (index, node) in nodes.iter_mut().enumerate().rev() {
        if is_read[index] {
            node.inputs.iter().for_each(|input| is_read[input.0] = true);
        } else {
            node.needs_gradient = false;
        }
    }
}

/// Fills in where `node` writes gradients: those of the groups it shares go behind all that
/// `shared` has so far, which begins after `parameter_count` numbers.
fn place_gradients(node: &mut Node, parameter_count: usize, shared: &mut Vec<SharedGradient>) {
    let own = node.gradients.len();
    for (gradient, owner) in node.gradients.iter_mut().zip(&node.parameters) {
        let start = shared.last().map_or(0, |last| last.place.end);
        let place = start..start + owner.len();
        *gradient = parameter_count + place.start..parameter_count + place.end;
        shared.push(SharedGradient { owner: owner.clone(), place });
    }
    node.gradients.extend_from_slice(&node.parameters[own..]);
}

/// Returns the range of each group in the flat vector (weights first, then all other groups), the
/// length of the vector, and the number of weights.
fn place(groups: &[ParameterGroup]) -> (Vec<Range<usize>>, usize, usize) {
    let mut ranges = vec![0..0; groups.len()];
    let mut end = 0;
    let mut decayed = 0;
    for weights in [true, false] {
        for (range, group) in ranges.iter_mut().zip(groups) {
            if group.decays == weights {
                *range = end..end + group.length;
                end += group.length;
            }
        }
        if weights {
            decayed = end;
        }
    }
    (ranges, end, decayed)
}
