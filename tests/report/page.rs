//! A report as an XML parser sees it.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// An element.
#[derive(Debug, Default)]
pub struct Element {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    pub children: Vec<Node>,
}

#[derive(Debug)]
pub enum Node {
    Element(Element),
    Text(String),
}

/// Parses a page; panics unless it is well-formed XML.
pub fn parse(page: &str) -> Element {
    let mut reader = Reader::from_str(page);
    let mut open = vec![Element::default()];
    loop {
        match reader.read_event().unwrap_or_else(|error| panic!("{error} at {}", reader.error_position())) {
            Event::Start(start) => open.push(element(&start)),
            Event::Empty(start) => add(&mut open, Node::Element(element(&start))),
            Event::End(_) => {
                let closed = open.pop().unwrap();
                add(&mut open, Node::Element(closed));
            }
            Event::Text(text) => add(&mut open, Node::Text(text.into_inner().into_owned())),
            Event::GeneralRef(entity) => {
                let resolved = match entity.resolve_char_ref().unwrap() {
                    Some(c) => c,
                    None => match &*entity {
                        "amp" => '&',
                        "lt" => '<',
                        "gt" => '>',
                        "quot" => '"',
                        other => panic!("XML does not know &{other};"),
                    },
                };
                add(&mut open, Node::Text(resolved.to_string()));
            }
            Event::DocType(_) => {}
            Event::Eof => break,
            other => panic!("{other:?} has no place in a report"),
        }
    }
    assert_eq!(open.len(), 1, "every element is closed");
    let mut top = open.pop().unwrap();
    top.children.retain(|node| matches!(node, Node::Element(_)));
    assert_eq!(top.children.len(), 1);
    let Some(Node::Element(html)) = top.children.pop() else { unreachable!() };
    html
}

fn add(open: &mut [Element], node: Node) {
    open.last_mut().unwrap().children.push(node);
}

fn element(start: &BytesStart) -> Element {
    let attribute = |attribute: Result<quick_xml::events::attributes::Attribute<'_>, _>| {
        let attribute = attribute.unwrap();
        let value = attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0).unwrap();
        (attribute.key.as_ref().to_owned(), value.into_owned())
    };
    Element {
        name: start.name().as_ref().to_owned(),
        attributes: start.attributes().map(attribute).collect(),
        children: Vec::new(),
    }
}

impl Element {
    /// It and all elements in it, in the order of the page.
    pub fn all(&self) -> Vec<&Self> {
        let mut all = vec![self];
        for node in &self.children {
            if let Node::Element(child) = node {
                all.extend(child.all());
            }
        }
        all
    }

    pub fn named(&self, name: &str) -> Vec<&Self> {
        self.all().into_iter().filter(|one| one.name == name).collect()
    }

    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(one, _)| one == name).map(|(_, value)| value.as_str())
    }

    /// The element with this id.
    pub fn id(&self, id: &str) -> &Self {
        self.all()
            .into_iter()
            .find(|one| one.attribute("id") == Some(id))
            .unwrap_or_else(|| panic!("no {id}"))
    }

    pub fn text(&self) -> String {
        let text = |node: &Node| match node {
            Node::Text(text) => text.clone(),
            Node::Element(child) => child.text(),
        };
        self.children.iter().map(text).collect()
    }

    /// The rows of the table with this caption, the titles first; none if there is no such table.
    pub fn table(&self, caption: &str) -> Vec<Vec<String>> {
        let is_it = |table: &&&Self| table.named("caption").iter().any(|one| one.text() == caption);
        let tables = self.named("table");
        let Some(table) = tables.iter().find(is_it) else { return Vec::new() };
        let fields = |row: &Self| -> Vec<String> {
            let fields = row.all().into_iter().filter(|one| ["td", "th"].contains(&one.name.as_str()));
            fields.map(Self::text).collect()
        };
        table.named("tr").into_iter().map(fields).collect()
    }
}
